// SPDX-License-Identifier: MIT
// The world of the cancellation property test: what its tasks share, what is counted, and the waits
// at the leaves of their trees.
#pragma once

#include <tridem/runtime/event.hpp>
#include <tridem/runtime/mutex.hpp>
#include <tridem/runtime/operation_awaitable.hpp>
#include <tridem/runtime/queue.hpp>
#include <tridem/runtime/race.hpp>
#include <tridem/runtime/result.hpp>
#include <tridem/runtime/semaphore.hpp>
#include <tridem/runtime/shield.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/this_task.hpp>
#include <tridem/runtime/wait_for.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>

namespace tridem::test::property {

using item = std::unique_ptr<int>;

/// What all tasks of one seed share, and what is counted.
struct world {
  explicit world(std::uint64_t with_seed) : seed(with_seed), random(with_seed) {}

  [[nodiscard]] int below(int bound) {
    return static_cast<int>(random() % static_cast<std::uint64_t>(bound));
  }
  [[nodiscard]] bool one_in(int count) { return below(count) == 0; }
  [[nodiscard]] tridem::duration some_ms() { return std::chrono::milliseconds(below(12)); }
  void expect(bool holds, const char* what) {
    if (!holds) FAIL_CHECK("seed " << seed << ": " << std::string(what));
  }

  const std::uint64_t seed;
  std::mt19937_64 random;
  int nodes_left = 200;
  int nodes_open = 0;
  int steps = 0;
  int beats = 0;
  int waits_cut = 0;
  int timeouts = 0;
  int scopes_cut = 0;

  tridem::mutex locks[2];
  tridem::semaphore permits{2};
  tridem::queue<item> items{2};
  tridem::event signal;

  int items_put = 0;
  int items_got = 0;
  int answers_given = 0;  // by the driver, to operations
  int answers_taken = 0;  // by those who awaited them
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

class request final : public tridem::operation {
 public:
  using value_type = int;
  request() noexcept : operation(tridem::op_kind{}) {}
  int take_value() const noexcept { return result; }
  void describe(char* out, std::size_t size) const noexcept override {
    std::snprintf(out, size, "request");
  }
};

inline task<> hold_lock(world& w) {
  auto held = co_await w.locks[w.below(2)].lock();
  if (w.one_in(2)) co_await tridem::sleep(w.some_ms());
}

inline task<> hold_permit(world& w) {
  auto held = co_await w.permits.acquire();
  if (w.one_in(2)) co_await tridem::sleep(w.some_ms());
}

inline task<> put_item(world& w) {
  const bool put = co_await w.items.put(std::make_unique<int>(1));
  if (put) ++w.items_put;
}

// A bare get below each kind of limit: what was handed over must come out.
inline task<> get_item(world& w) {
  std::optional<item> got;
  const int how = w.below(6);
  if (how == 0) {
    got = co_await w.items.get();
  } else if (how == 1) {
    try {
      got = co_await tridem::wait_for(w.items.get(), w.some_ms());
    } catch (const tridem::timeout_error&) {
      w.expect(!tridem::this_task::cancel_requested(), "an outer cancellation beats a timeout");
    }
  } else if (how == 2) {
    auto result = co_await tridem::as_result(w.items.get());
    got = std::move(result).value();
  } else if (how == 3) {
    auto first = co_await tridem::race(w.items.get(), tridem::sleep(w.some_ms()));
    if (first.index() == 0) got = std::get<0>(std::move(first));
  } else if (how == 4) {
    auto both = co_await tridem::race(w.items.get(), w.items.get());
    got = both.index() == 0 ? std::get<0>(std::move(both)) : std::get<1>(std::move(both));
  } else {
    auto shielded = tridem::shield(w.items.get());
    got = co_await std::move(shielded);
  }
  if (got) ++w.items_got;
}

inline task<> ask_driver(world& w) {
  tridem::operation_awaitable<request> asked{request()};
  if (w.one_in(2)) {
    const int answer = co_await std::move(asked);
    w.answers_taken += answer;
  } else {
    auto answer = co_await tridem::as_result(std::move(asked));
    w.answers_taken += std::move(answer).value_or(0);
  }
}

inline task<> one_wait(world& w) {
  switch (w.below(9)) {
    case 0:
      co_await tridem::yield();
      break;
    case 1:
    case 2:
      co_await tridem::sleep(w.some_ms());
      break;
    case 3:
      co_await w.signal.wait();
      break;
    case 4:
      co_await hold_lock(w);
      break;
    case 5:
      co_await hold_permit(w);
      break;
    case 6:
      co_await put_item(w);
      break;
    case 7:
      co_await get_item(w);
      break;
    default:
      co_await ask_driver(w);
      break;
  }
}

// A wait and, when it was cut, the promise that every later one is cut too, but not below a shield.
inline task<> leaf(world& w) {
  std::exception_ptr cut;
  try {
    co_await one_wait(w);
  } catch (const tridem::cancelled&) {
    cut = std::current_exception();
  }
  if (cut == nullptr) co_return;
  ++w.waits_cut;
  w.expect(tridem::this_task::cancel_requested(), "who is cut short can ask why");
  bool cut_again = false;
  try {
    co_await tridem::sleep(w.some_ms());
  } catch (const tridem::cancelled&) {
    cut_again = true;
  }
  w.expect(cut_again, "a cancelled scope cuts every wait");
  bool shielded = true;
  try {
    co_await tridem::shield(tridem::sleep(w.some_ms()));
  } catch (const tridem::cancelled&) {
    shielded = false;
  }
  w.expect(shielded, "a shield keeps cancellation out");
  std::rethrow_exception(cut);
}

}  // namespace tridem::test::property
