// SPDX-License-Identifier: MIT
// Rows of the cancellation matrix: jobs on threads.
#pragma once

#include "tests/support/cancellation_matrix.hpp"

#include <tridem/pool/thread_pool.hpp>
#include <tridem/pool/to_thread.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/sleep.hpp>

#include <doctest/doctest.h>

#include <semaphore>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

namespace tridem::test::matrix {

/// A pool of one thread, and a job that can be let go.
class thread_row : public row {
 public:
  task<> settle() override {
    if (!is_let_go_) let_go();
    co_await pool.shutdown();
  }
  std::string damage(bool) override {
    const thread_pool_stats now = pool.stats();
    return now.queued == 0 && now.running == 0 && now.threads == 0 ? "" : "jobs are left";
  }

 protected:
  thread_pool pool{{.threads = 1, .max_pending = 1}};

  void let_go() {
    is_let_go_ = true;
    gate_.release();
  }
  /// Blocks its thread until it is let go.
  int wait_at_gate() {
    begun_.release();
    gate_.acquire();
    ended_.release();
    return 7;
  }
  /// The same, but ends when it is told to stop.
  int wait_for_stop(const std::stop_token& stop) {
    begun_.release();
    while (!stop.stop_requested() && !gate_.try_acquire_for(std::chrono::milliseconds(1))) {
    }
    ended_.release();
    return 7;
  }
  /// Blocks the thread of the loop, which has nothing else to do.
  void block_until_begun() { begun_.acquire(); }
  void block_until_ended() { ended_.acquire(); }

 private:
  std::counting_semaphore<> gate_{0};
  std::counting_semaphore<> begun_{0};
  std::counting_semaphore<> ended_{0};
  bool is_let_go_ = false;
};

/// Waits behind another job, which the one thread runs.
class queued_job_row : public thread_row {
 public:
  task<> prepare() override {
    first_ = create_task(pool.submit([this] { return wait_at_gate(); }));
    co_await yield();
    block_until_begun();
  }
  void complete(hook before, hook after) override {
    before();
    let_go();
    // Blocks the loop until the threads have nothing left to do, so that all is posted.
    while (!is_idle()) std::this_thread::yield();
    after();
  }
  task<> settle() override {
    co_await thread_row::settle();
    co_await first_;
  }

 protected:
  virtual bool is_idle() {
    const thread_pool_stats now = pool.stats();
    return now.queued + now.running == 0;
  }

 private:
  task_handle<int> first_;
};

class submit_row final : public queued_job_row {
  task<> act() override {
    const int value = co_await pool.submit([] { return 7; });
    CHECK(value == 7);
  }
};

class thread_map_row final : public queued_job_row {
  task<> act() override {
    std::vector<int> items{7};
    const auto values = co_await pool.map([](int item) { return item; }, std::move(items));
    CHECK(values.size() == 1);
  }
};

class thread_imap_row final : public queued_job_row {
  task<> act() override {
    auto stream = pool.imap([](int item) { return item; }, std::vector<int>(1, 7));
    const int* value = co_await stream.next();
    CHECK(*value == 7);
  }
};

/// Room for one more: the queue holds one job and the thread runs another.
class thread_room_row final : public queued_job_row {
  task<> prepare() override {
    co_await queued_job_row::prepare();
    second_ = create_task(pool.submit([] { return 1; }));
    co_await yield();
  }
  task<> act() override { co_await pool.room(); }
  task<> settle() override {
    co_await queued_job_row::settle();
    co_await second_;
  }
  task_handle<int> second_;
};

class thread_shutdown_row final : public queued_job_row {
  task<> act() override { co_await pool.shutdown(); }
  task<> until_it_waits() override {
    co_await row::until_it_waits();
    is_closed_ = true;
  }
  bool is_idle() override {
    return queued_job_row::is_idle() && (!is_closed_ || pool.stats().threads == 0);
  }
  bool is_closed_ = false;
};

/// A thread runs it: it is asked to stop, and what it returns is delivered.
class running_job_row : public thread_row {
 public:
  void complete(hook before, hook after) override {
    before();
    let_go();
    if (when > moment::before_though_ready) block_until_ended();
    after();
  }
  task<> until_it_waits() override {
    co_await row::until_it_waits();
    block_until_begun();
  }
  bool is_decided_elsewhere() const override { return true; }
};

class running_submit_row final : public running_job_row {
  task<> act() override {
    auto job = [this](std::stop_token stop) { return wait_for_stop(stop); };
    const int value = co_await pool.submit(job);
    CHECK(value == 7);
  }
};

class to_thread_row final : public running_job_row {
  task<> act() override {
    auto job = [this](std::stop_token stop) { return wait_for_stop(stop); };
    const int value = co_await to_thread(job);
    CHECK(value == 7);
  }
};

inline std::vector<entry> thread_rows() {
  return {
      {"thread_pool.submit, waiting for a thread", make_row<submit_row>},
      {"thread_pool.submit, running", make_row<running_submit_row>},
      {"to_thread", make_row<to_thread_row>},
      {"thread_pool.map", make_row<thread_map_row>},
      {"thread_pool.imap", make_row<thread_imap_row>},
      {"thread_pool.room", make_row<thread_room_row>},
      {"thread_pool.shutdown", make_row<thread_shutdown_row>},
  };
}

}  // namespace tridem::test::matrix
