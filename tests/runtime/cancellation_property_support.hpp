// SPDX-License-Identifier: MIT
// The world of the cancellation property test: what its tasks share, and what is counted.
#pragma once

#include <tridem/runtime/barrier.hpp>
#include <tridem/runtime/concurrent_queue.hpp>
#include <tridem/runtime/condition.hpp>
#include <tridem/runtime/event.hpp>
#include <tridem/runtime/mutex.hpp>
#include <tridem/runtime/priority_queue.hpp>
#include <tridem/runtime/queue.hpp>
#include <tridem/runtime/semaphore.hpp>
#include <tridem/runtime/shared_mutex.hpp>
#include <tridem/runtime/time.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <random>
#include <string>

namespace tridem::test::property {

using item = std::unique_ptr<int>;

/// How many tasks stand at which wait. Counted by the tasks themselves, so that the check does not
/// believe what it checks.
struct waiting_counts {
  int lock[2] = {0, 0};
  int book = 0;
  int permit = 0;
  int item_get = 0;
  int item_put = 0;
  int urgent_get = 0;
  int far_get = 0;
  int signal = 0;
  int stock = 0;
};

/// What happened, summed over all seeds: a test in which nothing happens would pass too.
struct tally {
  int steps = 0;
  int waits_cut = 0;
  int timeouts = 0;
  int scopes_cut = 0;
  int items = 0;
  int answers = 0;
  int meetings = 0;
  int streams_read = 0;
  int connections = 0;
  int idle_looks = 0;

  void add(const tally& other) noexcept {
    steps += other.steps;
    waits_cut += other.waits_cut;
    timeouts += other.timeouts;
    scopes_cut += other.scopes_cut;
    items += other.items;
    answers += other.answers;
    meetings += other.meetings;
    streams_read += other.streams_read;
    connections += other.connections;
    idle_looks += other.idle_looks;
  }
};

/// What all tasks of one seed share.
struct world {
  explicit world(std::uint64_t with_seed, std::string replayed_by)
      : seed(with_seed), replay(std::move(replayed_by)), random(with_seed) {}

  [[nodiscard]] int below(int bound) {
    return static_cast<int>(random() % static_cast<std::uint64_t>(bound));
  }
  [[nodiscard]] bool one_in(int count) { return below(count) == 0; }
  [[nodiscard]] tridem::duration some_ms() { return std::chrono::milliseconds(below(12)); }
  void expect(bool holds, const char* what) {
    if (!holds) FAIL_CHECK(std::string(what) << "; play it again: " << replay);
  }

  const std::uint64_t seed;
  const std::string replay;
  std::mt19937_64 random;
  int nodes_left = 200;
  int nodes_open = 0;
  int beats = 0;
  tally seen;

  tridem::mutex locks[2];
  tridem::shared_mutex book;
  tridem::semaphore permits{2};
  tridem::queue<item> items{2};
  tridem::priority_queue<int> urgent{2};
  tridem::concurrent_queue<item> far{2};
  tridem::event signal;
  tridem::barrier meeting{2};
  tridem::mutex stock_lock;
  tridem::condition stock_changed;
  waiting_counts waiting;

  int items_put = 0;  // into all three queues
  int items_got = 0;
  int stock_made = 0;
  int stock_left = 0;
  int stock_sold = 0;
  int answers_given = 0;  // by the driver, to operations
  int answers_taken = 0;  // by those who awaited them
  int connections_opened = 0;
  int connections_closed = 0;

  /// Nothing is ready: whoever waits for what is there has been forgotten.
  void check_while_idle() {
    ++seen.idle_looks;
    for (int i = 0; i < 2; ++i) {
      expect(locks[i].is_locked() || waiting.lock[i] == 0, "a task waits for a lock that is free");
    }
    expect(book.is_locked() || waiting.book == 0, "a task waits for a shared lock that is free");
    expect(permits.available() == 0 || waiting.permit == 0, "a permit is free, and a task waits");
    expect(items.empty() || waiting.item_get == 0, "an item lies there, and a task waits for one");
    expect(items.full() || waiting.item_put == 0, "there is room, and a task waits to put");
    expect(urgent.empty() || waiting.urgent_get == 0, "an urgent item lies there unfetched");
    expect(far.size() == 0 || waiting.far_get == 0, "an item of another loop lies there unfetched");
    expect(!signal.is_set() || waiting.signal == 0, "the event is set, and a task waits for it");
    expect(stock_lock.is_locked() || stock_left == 0 || waiting.stock == 0,
           "the condition holds, and a task waits for it");
  }

  void check_at_the_end() {
    expect(nodes_open == 0, "a task outlived its loop");
    expect(!locks[0].is_locked() && !locks[1].is_locked(), "a lock was lost");
    expect(!book.is_locked() && !stock_lock.is_locked(), "a lock was lost");
    expect(permits.available() == 2, "a permit was lost");
    expect(meeting.waiting() == 0, "somebody still counts as having arrived");
    while (items.try_get()) ++items_got;
    while (urgent.try_get()) ++items_got;
    while (far.try_get()) ++items_got;
    expect(items_put == items_got, "an item was lost, or came twice");
    expect(stock_made == stock_sold + stock_left, "the condition lost count");
    expect(answers_given == answers_taken, "the answer to an operation was lost");
    expect(connections_opened == connections_closed, "a connection was left open");
    seen.items = items_got;
    seen.answers = answers_taken;
    seen.connections = connections_closed;
  }
};

/// Counts a task that stands at a wait.
class waiting_mark {
 public:
  explicit waiting_mark(int& count) noexcept : count_(count) { ++count_; }
  waiting_mark(const waiting_mark&) = delete;
  ~waiting_mark() { --count_; }

 private:
  int& count_;
};

/// Checks at the end of a block that all tasks begun inside it have ended.
class all_ended_check {
 public:
  all_ended_check(world& w, const char* what) noexcept : w_(w), what_(what) {}
  all_ended_check(const all_ended_check&) = delete;
  ~all_ended_check() { w_.expect(open == 0, what_); }
  int open = 0;

 private:
  world& w_;
  const char* what_;
};

class node_mark {
 public:
  node_mark(world& w, int* open_of_parent) noexcept : w_(w), parent_(open_of_parent) {
    ++w_.nodes_open;
    if (parent_ != nullptr) ++*parent_;
  }
  node_mark(const node_mark&) = delete;
  ~node_mark() {
    --w_.nodes_open;
    if (parent_ != nullptr) --*parent_;
  }

 private:
  world& w_;
  int* parent_;
};

}  // namespace tridem::test::property
