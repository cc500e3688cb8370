// SPDX-License-Identifier: MIT
// The waits of the cancellation property test, each on one thing that all share.
#pragma once

#include "tests/runtime/cancellation_property_support.hpp"

#include <tridem/runtime/operation_awaitable.hpp>
#include <tridem/runtime/race.hpp>
#include <tridem/runtime/result.hpp>
#include <tridem/runtime/shield.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/this_task.hpp>
#include <tridem/runtime/wait_for.hpp>

#include <exception>
#include <optional>
#include <utility>

namespace tridem::test::property {

class request final : public tridem::operation {
 public:
  using value_type = int;
  request() noexcept : operation(tridem::op_kind{}) {}
  int take_value() const noexcept { return result; }
  void describe(char* out, std::size_t size) const noexcept override {
    std::snprintf(out, size, "request");
  }
};

inline task<> pause(world& w) {
  if (w.one_in(2)) co_await tridem::sleep(w.some_ms());
}

inline task<> hold_lock(world& w) {
  const int which = w.below(2);
  std::optional<waiting_mark> mark(w.waiting.lock[which]);
  auto held = co_await w.locks[which].lock();
  mark.reset();
  co_await pause(w);
}

inline task<> hold_book(world& w) {
  std::optional<waiting_mark> mark(w.waiting.book);
  std::optional<tridem::shared_mutex::guard> held;
  if (w.one_in(3)) {
    held.emplace(co_await w.book.lock());
  } else {
    held.emplace(co_await w.book.lock_shared());
  }
  mark.reset();
  co_await pause(w);
}

inline task<> hold_permit(world& w) {
  std::optional<waiting_mark> mark(w.waiting.permit);
  auto held = co_await w.permits.acquire();
  mark.reset();
  co_await pause(w);
}

inline task<> put_item(world& w) {
  waiting_mark mark(w.waiting.item_put);
  const bool put = co_await w.items.put(std::make_unique<int>(1));
  if (put) ++w.items_put;
}

// A bare get below each kind of limit: what was handed over must come out.
inline task<> get_item(world& w) {
  waiting_mark mark(w.waiting.item_get);
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

inline task<> use_other_queues(world& w) {
  const int how = w.below(4);
  if (how == 0) {
    const bool put = co_await w.urgent.put(w.below(100));
    if (put) ++w.items_put;
  } else if (how == 1) {
    waiting_mark mark(w.waiting.urgent_get);
    const auto got = co_await w.urgent.get();
    if (got) ++w.items_got;
  } else if (how == 2) {
    const bool put = co_await w.far.put(std::make_unique<int>(1));
    if (put) ++w.items_put;
  } else {
    waiting_mark mark(w.waiting.far_get);
    const auto got = co_await w.far.get();
    if (got) ++w.items_got;
  }
}

inline task<> sell_stock(world& w) {
  auto held = co_await w.stock_lock.lock();
  if (w.one_in(2)) {
    ++w.stock_left;
    ++w.stock_made;
    w.stock_changed.notify();
    co_return;
  }
  std::exception_ptr cut;
  {
    waiting_mark mark(w.waiting.stock);
    try {
      co_await w.stock_changed.wait(held, [&w] { return w.stock_left > 0; });
    } catch (...) {
      cut = std::current_exception();
    }
  }
  w.expect(held.owns_lock(), "condition.wait came back without its lock");
  if (cut != nullptr) std::rethrow_exception(cut);
  --w.stock_left;
  ++w.stock_sold;
}

inline task<> meet(world& w) {
  try {
    const std::size_t place = co_await tridem::wait_for(w.meeting.arrive_and_wait(), w.some_ms());
    if (place == 0) ++w.seen.meetings;
  } catch (const tridem::timeout_error&) {
    // Nobody came.
  }
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

}  // namespace tridem::test::property
