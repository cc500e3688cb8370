// SPDX-License-Identifier: MIT
// Rows of the cancellation matrix: calls into worker processes.
#pragma once

#include "tests/support/cancellation_matrix.hpp"

#include <tridem/pool/process_pool.hpp>
#include <tridem/pool/shared_array.hpp>
#include <tridem/pool/worker.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/sleep.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

namespace tridem::test::matrix {

/// What a call and the test say to each other, in memory that both see.
using flags = shared_array<std::atomic<int>>;
enum flag : std::size_t { begun, let_go, ended, flag_count };

/// Runs in a worker until it is let go, or told to stop.
inline int wait_in_worker(flags shared) {
  shared[begun] = 1;
  while (shared[let_go] == 0 && !cancel_requested()) std::this_thread::yield();
  shared[ended] = 1;
  return 7;
}

class process_row : public row {
 public:
  task<> settle() override {
    first_[let_go] = 1;
    co_await pool.shutdown();
  }
  std::string damage(bool) override {
    const process_pool_stats now = pool.stats();
    return now.workers + now.queued + now.running == 0 ? "" : "workers or calls are left";
  }

 protected:
  process_pool pool{{.workers = 1, .max_pending = 1}};

  static task<> until(flags& shared, flag which) {
    while (shared[which] == 0) co_await yield();
  }
  /// Blocks the loop, so that whatever comes back is not looked at yet.
  static void block_until(flags& shared, flag which) {
    while (shared[which] == 0) std::this_thread::yield();
  }

  flags first_{flag_count};
};

/// A worker runs it.
class running_call_row final : public process_row {
  task<> act() override {
    const int value = co_await pool.submit<&wait_in_worker>(first_.share());
    CHECK(value == 7);
  }
  task<> until_it_waits() override { return until(first_, begun); }
  void complete(hook before, hook after) override {
    before();
    first_[let_go] = 1;
    if (when > moment::before_though_ready) block_until(first_, ended);
    after();
  }
  bool is_decided_elsewhere() const override { return true; }
};

/// Waits behind another call, which the one worker runs.
class queued_call_row : public process_row {
 public:
  task<> prepare() override {
    second_[let_go] = 1;
    running_ = create_task(pool.submit<&wait_in_worker>(first_.share()));
    co_await until(first_, begun);
  }
  task<> until_it_waits() override {
    co_await row::until_it_waits();
    // The worker must have it: the loop will be blocked, and gives nothing away then.
    while (has_second_ && pool.stats().running < 2) co_await yield();
  }
  void complete(hook before, hook after) override {
    before();
    first_[let_go] = 1;
    block_until(first_, ended);
    if (when == moment::just_after_it_ended && has_second_) block_until(second_, ended);
    after();
  }
  task<> settle() override {
    co_await process_row::settle();
    co_await running_;
  }

 protected:
  explicit queued_call_row(bool has_second = true) noexcept : has_second_(has_second) {}
  std::vector<flags> items() {
    std::vector<flags> one;
    one.push_back(second_.share());
    return one;
  }
  flags second_{flag_count};

 private:
  const bool has_second_;
  task_handle<int> running_;
};

class queued_submit_row final : public queued_call_row {
  task<> act() override {
    const int value = co_await pool.submit<&wait_in_worker>(second_.share());
    CHECK(value == 7);
  }
};

class try_submit_row final : public queued_call_row {
  task<> act() override {
    const int value = co_await pool.try_submit<&wait_in_worker>(second_.share());
    CHECK(value == 7);
  }
};

/// What takes effect between two items does so also behind the last one, if it comes in time.
class process_map_row final : public queued_call_row {
  task<> act() override {
    const auto values = co_await pool.map<&wait_in_worker>(items());
    CHECK(values.size() == 1);
  }
  bool may_go_either_way() const override { return when == moment::just_after_it_ended; }
};

class process_starmap_row final : public queued_call_row {
  task<> act() override {
    std::vector<std::tuple<flags>> spread;
    spread.emplace_back(second_.share());
    const auto values = co_await pool.starmap<&wait_in_worker>(std::move(spread));
    CHECK(values.size() == 1);
  }
  bool may_go_either_way() const override { return when == moment::just_after_it_ended; }
};

class process_imap_row final : public queued_call_row {
  task<> act() override {
    auto stream = pool.imap<&wait_in_worker>(items());
    const int* value = co_await stream.next();
    CHECK(*value == 7);
  }
  bool may_go_either_way() const override { return when == moment::just_after_it_ended; }
};

class process_imap_unordered_row final : public queued_call_row {
  task<> act() override {
    auto stream = pool.imap_unordered<&wait_in_worker>(items());
    const int* value = co_await stream.next();
    CHECK(*value == 7);
  }
  bool may_go_either_way() const override { return when == moment::just_after_it_ended; }
};

/// What only the loop brings about, when it looks at what came back.
class process_room_row final : public queued_call_row {
 public:
  process_room_row() noexcept : queued_call_row(false) {}
  task<> prepare() override {
    co_await queued_call_row::prepare();
    // A worker that has not said hello is given one call only, and makes room when it has.
    waiting_.push_back(create_task(pool.submit<&wait_in_worker>(second_.share())));
    while (pool.stats().running < 2) co_await yield();
    // Some are given to the worker ahead; the one that fills the queue comes after those.
    while (pool.stats().queued == 0) {
      waiting_.push_back(create_task(pool.submit<&wait_in_worker>(second_.share())));
      co_await row::until_it_waits();
    }
  }
  task<> act() override { co_await pool.room(); }
  task<> settle() override {
    co_await queued_call_row::settle();
    for (task_handle<int>& one : waiting_) co_await one;
  }
  // Where there is room by then, nothing is waited for, and so nothing cut.
  bool may_go_either_way() const override {
    return when == moment::just_after_it_ended || when == moment::before_though_ready;
  }
  std::vector<task_handle<int>> waiting_;
};

class process_shutdown_row final : public queued_call_row {
 public:
  process_shutdown_row() noexcept : queued_call_row(false) {}
  task<> act() override { co_await pool.shutdown(); }
  bool may_go_either_way() const override { return when == moment::just_after_it_ended; }
};

inline std::vector<entry> process_rows() {
  return {
      {"process_pool.submit, waiting for a worker", make_row<queued_submit_row>},
      {"process_pool.submit, running", make_row<running_call_row>},
      {"process_pool.try_submit", make_row<try_submit_row>},
      {"process_pool.map", make_row<process_map_row>},
      {"process_pool.starmap", make_row<process_starmap_row>},
      {"process_pool.imap", make_row<process_imap_row>},
      {"process_pool.imap_unordered", make_row<process_imap_unordered_row>},
      {"process_pool.room", make_row<process_room_row>},
      {"process_pool.shutdown", make_row<process_shutdown_row>},
  };
}

}  // namespace tridem::test::matrix
