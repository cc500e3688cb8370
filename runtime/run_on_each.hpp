// SPDX-License-Identifier: MIT
// run_on_each: one loop on each of several threads, for services that share nothing.
#pragma once

#include <tridem/runtime/run.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace tridem {

struct run_on_each_options {
  /// Loops, each on a thread of its own; 0 for one per usable CPU.
  std::size_t loops = 0;
  /// How each loop is run.
  run_options each = {};
  /// Binds loop i to the i-th CPU that this process may use, round and round.
  bool pin = false;
};

namespace detail {

/// The type-free part: runs `body(context, index)` on each thread, with the loop made there, and
/// waits for all. The first failure cancels the other loops and is thrown when they have ended, the
/// others as its notes.
///
/// @param make  `make_driver`: named by the caller, because this floor does not have it.
void run_loops(const run_on_each_options& options, std::size_t count,
               task<> (*body)(void* context, std::size_t index), void* context,
               std::unique_ptr<driver> (*make)(const run_options&));
[[nodiscard]] std::size_t loop_count(const run_on_each_options& options) noexcept;

template <class R, class F>
struct each_loop {
  F f;
  std::vector<std::optional<R>> values;

  static task<> run_one(void* context, std::size_t index) {
    auto& self = *static_cast<each_loop*>(context);
    F own = self.f;
    self.values[index].emplace(co_await own(index));
  }
};
template <class F>
struct each_loop<void, F> {
  F f;
  std::vector<char> values;

  static task<> run_one(void* context, std::size_t index) {
    F own = static_cast<each_loop*>(context)->f;
    co_await own(index);
  }
};

}  // namespace detail

/// Runs `f(index)` on every loop, index 0 to loops - 1, and gives the results in that order
/// (nothing for void).
///
/// @param f  Copied for each loop; returns a task or something else awaitable. What the copies
/// share must be safe for threads:
///           use concurrent_queue and run_coroutine_threadsafe between loops.
/// Errors:   the first failure cancels the tasks of all other loops and is thrown when they have
/// ended, with the other
///           errors as notes; std::system_error when a thread or driver cannot be made.
/// Threads:  blocks the calling thread, which must not run a loop.
template <class F>
auto run_on_each(run_on_each_options options, F f) {
  using value = awaited_t<std::invoke_result_t<F&, std::size_t>>;
  const std::size_t count = detail::loop_count(options);
  detail::each_loop<value, F> each{std::move(f), {}};
  each.values.resize(count);
  detail::run_loops(options, count, &detail::each_loop<value, F>::run_one, &each,
                    &detail::make_driver);
  if constexpr (!std::is_void_v<value>) {
    std::vector<value> values;
    values.reserve(count);
    for (std::optional<value>& one : each.values) values.push_back(std::move(*one));
    return values;
  }
}

}  // namespace tridem
