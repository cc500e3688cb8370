// SPDX-License-Identifier: MIT
// gather: run several at once and have all their results, in the order in which they were given.
#pragma once

#include <tridem/runtime/awaitable.hpp>
#include <tridem/runtime/detail/gather_core.hpp>
#include <tridem/runtime/outcome.hpp>

#include <memory>
#include <ranges>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace tridem {
namespace detail {

template <class T>
using void_to_monostate = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

template <class T>
void_to_monostate<T> take_from(result_slot<T>& slot) {
  if constexpr (std::is_void_v<T>) {
    return {};
  } else {
    return slot.take();
  }
}

/// What gather_settled gives for one child. One that never began, because the scope was cancelled,
/// is cancelled.
template <class T>
outcome<T> settle(result_slot<T>& slot) {
  if (slot.has_error()) return outcome<T>(slot.error());
  if constexpr (std::is_void_v<T>) {
    return outcome<T>();
  } else {
    return outcome<T>(slot.take());
  }
}

template <gather_core::on_failure Policy, class... Ts>
class gather_tuple_awaiter final : public gather_core {
 public:
  explicit gather_tuple_awaiter(std::tuple<task<Ts>...>&& bodies) noexcept : gather_core(Policy) {
    each_with(bodies, [](auto& child, auto& body) { child.bind(std::move(body)); });
  }
  gather_tuple_awaiter(const gather_tuple_awaiter&) = delete;

  bool await_ready() const noexcept { return sizeof...(Ts) == 0; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> awaiting) noexcept {
    promise_base& frame = awaiting.promise();
    begin(*frame.line, frame);
    std::apply([this](auto&... child) { (start(child, child.frame()), ...); }, children_);
    return must_wait(awaiting, frame);
  }
  auto await_resume() {
    finish();
    return std::apply(
        [](auto&... child) {
          if constexpr (Policy == on_failure::cancel_siblings) {
            return std::tuple<void_to_monostate<Ts>...>(take_from(child.slot())...);
          } else {
            return std::tuple<outcome<Ts>...>(settle(child.slot())...);
          }
        },
        children_);
  }

 private:
  template <class Bodies, class F>
  void each_with(Bodies& bodies, F f) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (f(std::get<I>(children_), std::get<I>(bodies)), ...);
    }(std::index_sequence_for<Ts...>());
  }

  std::tuple<gather_child_of<Ts>...> children_;
};

template <gather_core::on_failure Policy, class T>
class gather_range_awaiter final : public gather_core {
 public:
  explicit gather_range_awaiter(std::vector<task<T>>&& bodies)
      : gather_core(Policy), count_(bodies.size()), children_(new gather_child_of<T>[count_]) {
    for (std::size_t i = 0; i < count_; ++i) children_[i].bind(std::move(bodies[i]));
  }
  gather_range_awaiter(const gather_range_awaiter&) = delete;

  bool await_ready() const noexcept { return count_ == 0; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> awaiting) noexcept {
    promise_base& frame = awaiting.promise();
    begin(*frame.line, frame);
    for (std::size_t i = 0; i < count_; ++i) start(children_[i], children_[i].frame());
    return must_wait(awaiting, frame);
  }
  auto await_resume() {
    finish();
    if constexpr (Policy == on_failure::carry_on) {
      std::vector<outcome<T>> outcomes;
      outcomes.reserve(count_);
      for (std::size_t i = 0; i < count_; ++i) outcomes.push_back(settle(children_[i].slot()));
      return outcomes;
    } else if constexpr (!std::is_void_v<T>) {
      std::vector<std::remove_cvref_t<T>> values;
      values.reserve(count_);
      for (std::size_t i = 0; i < count_; ++i) values.push_back(children_[i].slot().take());
      return values;
    }
  }

 private:
  std::size_t count_;
  std::unique_ptr<gather_child_of<T>[]> children_;
};

template <gather_core::on_failure Policy, class... Ts>
class [[nodiscard("gather does nothing until it is awaited")]] gather_tuple {
 public:
  explicit gather_tuple(task<Ts>... bodies) noexcept : bodies_(std::move(bodies)...) {}
  gather_tuple_awaiter<Policy, Ts...> operator co_await() && noexcept {
    return gather_tuple_awaiter<Policy, Ts...>(std::move(bodies_));
  }

 private:
  std::tuple<task<Ts>...> bodies_;
};

template <gather_core::on_failure Policy, class T>
class [[nodiscard("gather does nothing until it is awaited")]] gather_range {
 public:
  explicit gather_range(std::vector<task<T>> bodies) noexcept : bodies_(std::move(bodies)) {}
  gather_range_awaiter<Policy, T> operator co_await() && {
    return gather_range_awaiter<Policy, T>(std::move(bodies_));
  }

 private:
  std::vector<task<T>> bodies_;
};

/// Turns a range of awaitables into tasks. What is in an lvalue range is never moved from.
template <class Range>
auto range_of_tasks(Range&& range) {
  using element =
      std::conditional_t<std::is_lvalue_reference_v<Range>, std::ranges::range_reference_t<Range>,
                         std::ranges::range_value_t<Range>&&>;
  using value = as_task_value_t<element>;
  if constexpr (std::is_same_v<std::remove_cvref_t<Range>, std::vector<task<value>>> &&
                !std::is_lvalue_reference_v<Range>) {
    return std::vector<task<value>>(std::move(range));
  } else {
    std::vector<task<value>> bodies;
    if constexpr (std::ranges::sized_range<Range>) bodies.reserve(std::ranges::size(range));
    for (auto&& item : range) bodies.push_back(as_task(static_cast<element>(item)));
    return bodies;
  }
}

template <class Range>
concept awaitable_range = std::ranges::input_range<Range> && !awaitable<Range> &&
                          awaitable<std::ranges::range_value_t<Range>>;

}  // namespace detail

/// Runs all awaitables at once, each in a strand of its own, and gives their values as a tuple in
/// the order given
/// (`std::monostate` for void).
///
/// Children start in place, in order, each up to its first suspension. The awaiting task resumes
/// when all have ended.
///
/// Errors:        the first failure cancels the others and is thrown when they have ended; the
/// others' texts are its notes. Cancellation:  reaches all children; when all returned values
/// nevertheless, those are delivered. Threads:       resumes on the same loop, in a later step of
/// the turn in which the last child ended. Cost:          no allocation beyond the children's
/// frames; one strand (about 100 bytes) for each child.
template <awaitable... As>
auto gather(As&&... awaitables) {
  return detail::gather_tuple<detail::gather_core::on_failure::cancel_siblings,
                              detail::as_task_value_t<As>...>(
      detail::as_task(std::forward<As>(awaitables))...);
}

/// The same for a range: gives a vector in input order, nothing for a range of void.
template <detail::awaitable_range Range>
auto gather(Range&& range) {
  auto bodies = detail::range_of_tasks(std::forward<Range>(range));
  using value = typename decltype(bodies)::value_type::value_type;
  return detail::gather_range<detail::gather_core::on_failure::cancel_siblings, value>(
      std::move(bodies));
}

/// Like `gather`, but a failure disturbs nobody: gives an `outcome` (value or exception) for each,
/// and throws only `cancelled`, when the scope around it was cancelled and that cut a child.
template <awaitable... As>
auto gather_settled(As&&... awaitables) {
  return detail::gather_tuple<detail::gather_core::on_failure::carry_on,
                              detail::as_task_value_t<As>...>(
      detail::as_task(std::forward<As>(awaitables))...);
}

template <detail::awaitable_range Range>
auto gather_settled(Range&& range) {
  auto bodies = detail::range_of_tasks(std::forward<Range>(range));
  using value = typename decltype(bodies)::value_type::value_type;
  return detail::gather_range<detail::gather_core::on_failure::carry_on, value>(std::move(bodies));
}

}  // namespace tridem
