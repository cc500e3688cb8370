// SPDX-License-Identifier: MIT
// A leaf of the trees of the cancellation property test: one wait, and what must hold after it.
#pragma once

#include "tests/runtime/cancellation_property_waits.hpp"

#include <tridem/runtime/adaptors.hpp>
#include <tridem/runtime/retry.hpp>

#include <exception>
#include <stdexcept>

namespace tridem::test::property {

inline task<int> slowly(world& w, int number) {
  co_await pause(w);
  co_return number;
}

inline tridem::async_generator<int> numbers(world& w, int count) {
  for (int i = 1; i <= count; ++i) {
    co_await pause(w);
    co_yield i;
  }
}

inline tridem::async_generator<int> some_stream(world& w, int count) {
  switch (w.below(5)) {
    case 0:
      return numbers(w, count);
    case 1:
      return numbers(w, 2 * count) | tridem::filter([](int) { return true; }) |
             tridem::take(static_cast<std::size_t>(count));
    case 2:
      return numbers(w, count) | tridem::transform([&w](int number) { return slowly(w, number); }) |
             tridem::buffered(2);
    case 3:
      return numbers(w, count) | tridem::transform([&w](int number) { return slowly(w, number); }) |
             tridem::buffered_unordered(2);
    default:
      return tridem::merge(numbers(w, count), numbers(w, 0));
  }
}

// A stream that was read to its end has given everything, once.
inline task<> read_stream(world& w) {
  const int count = w.below(5);
  auto stream = some_stream(w, count);
  int sum = 0;
  for (;;) {
    const int* number = co_await stream.next();
    if (number == nullptr) break;
    sum += *number;
    if (w.one_in(6)) co_return;  // dropped half-way
  }
  ++w.seen.streams_read;
  w.expect(sum == count * (count + 1) / 2, "a stream lost a value, or gave one twice");
}

inline task<> fail_twice(world& w, int& attempts) {
  co_await pause(w);
  if (++attempts < 3) throw std::runtime_error("not yet");
}

inline task<> try_again(world& w) {
  int attempts = 0;
  const tridem::retry_policy policy{
      .attempts = 3, .first_pause = std::chrono::milliseconds(2), .jitter = 0.0};
  auto attempt = [&w, &attempts] { return fail_twice(w, attempts); };
  co_await tridem::retry(policy, attempt);
  w.expect(attempts == 3, "retry gave up early, or went on for too long");
}

inline task<> one_wait(world& w) {
  switch (w.below(14)) {
    case 0:
      return []() -> task<> { co_await tridem::yield(); }();
    case 1:
    case 2:
      return [](tridem::duration span) -> task<> { co_await tridem::sleep(span); }(w.some_ms());
    case 3:
      return [](world& in) -> task<> {
        waiting_mark mark(in.waiting.signal);
        co_await in.signal.wait();
      }(w);
    case 4:
      return hold_lock(w);
    case 5:
      return hold_permit(w);
    case 6:
      return put_item(w);
    case 7:
      return get_item(w);
    case 8:
      return hold_book(w);
    case 9:
      return use_other_queues(w);
    case 10:
      return sell_stock(w);
    case 11:
      return meet(w);
    case 12:
      return w.one_in(3) ? try_again(w) : read_stream(w);
    default:
      return ask_driver(w);
  }
}

// A wait and, when it was cut, the promise that every later one is cut too, but not below a shield.
inline task<> leaf(world& w) {
  std::exception_ptr cut;
  auto wait = one_wait(w);
  try {
    co_await std::move(wait);
  } catch (const tridem::cancelled&) {
    cut = std::current_exception();
  }
  if (cut == nullptr) co_return;
  ++w.seen.waits_cut;
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
