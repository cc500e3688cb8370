// SPDX-License-Identifier: MIT
// What gather and race are awaited by: the children, and a rule that makes the result of their
// slots.
#pragma once

#include <tridem/runtime/awaitable.hpp>
#include <tridem/runtime/detail/gather_core.hpp>

#include <array>
#include <memory>
#include <ranges>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace tridem::detail {

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

/// Awaits a fixed number of tasks. `Rule` says what the end of a child means (`Rule::policy`) and
/// makes the result: `Rule::of_tuple(core, children...)`.
template <class Rule, class... Ts>
class tuple_awaiter final : public gather_core {
 public:
  tuple_awaiter(std::tuple<task<Ts>...>&& bodies, const bool* bare) noexcept
      : gather_core(Rule::policy) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (std::get<I>(children_).bind(std::move(std::get<I>(bodies)), bare[I]), ...);
    }(std::index_sequence_for<Ts...>());
  }
  tuple_awaiter(const tuple_awaiter&) = delete;

  bool await_ready() const noexcept { return sizeof...(Ts) == 0; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> awaiting) noexcept {
    promise_base& frame = awaiting.promise();
    begin(*frame.line, frame);
    std::apply([this](auto&... child) { (start(child, child.frame()), ...); }, children_);
    return must_wait(awaiting, frame);
  }
  void visit_children(void (*visit)(gather_child&, void*) noexcept,
                      void* context) noexcept override {
    std::apply([=](auto&... child) { (visit(child, context), ...); }, children_);
  }
  auto await_resume() {
    finish();
    return std::apply([this](auto&... child) { return Rule::of_tuple(*this, child...); },
                      children_);
  }

 private:
  std::tuple<gather_child_of<Ts>...> children_;
};

/// Awaits any number of tasks of one type; the result is `Rule::of_range(core, children, count)`.
template <class Rule, class T>
class range_awaiter final : public gather_core {
 public:
  range_awaiter(std::vector<task<T>>&& bodies, bool bare)
      : gather_core(Rule::policy),
        count_(bodies.size()),
        children_(new gather_child_of<T>[count_]) {
    for (std::size_t i = 0; i < count_; ++i) children_[i].bind(std::move(bodies[i]), bare);
  }
  range_awaiter(const range_awaiter&) = delete;

  bool await_ready() const noexcept { return count_ == 0; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> awaiting) noexcept {
    promise_base& frame = awaiting.promise();
    begin(*frame.line, frame);
    for (std::size_t i = 0; i < count_; ++i) start(children_[i], children_[i].frame());
    return must_wait(awaiting, frame);
  }
  void visit_children(void (*visit)(gather_child&, void*) noexcept,
                      void* context) noexcept override {
    for (std::size_t i = 0; i < count_; ++i) visit(children_[i], context);
  }
  auto await_resume() {
    finish();
    return Rule::of_range(*this, children_.get(), count_);
  }

 private:
  std::size_t count_;
  std::unique_ptr<gather_child_of<T>[]> children_;
};

/// True for a bare operation: its completion itself decides a race, so that of two items or locks
/// that become ready in one turn only one is taken.
template <class A>
inline constexpr bool is_bare_operation =
    !is_task<std::remove_cvref_t<A>> && !std::is_lvalue_reference_v<A>;

template <class Rule, class... Ts>
class [[nodiscard("this does nothing until it is awaited")]] tuple_awaitable {
 public:
  tuple_awaitable(std::tuple<task<Ts>...> bodies, std::array<bool, sizeof...(Ts)> bare) noexcept
      : bodies_(std::move(bodies)), bare_(bare) {}
  tuple_awaiter<Rule, Ts...> operator co_await() && noexcept {
    return tuple_awaiter<Rule, Ts...>(std::move(bodies_), bare_.data());
  }

 private:
  std::tuple<task<Ts>...> bodies_;
  std::array<bool, sizeof...(Ts)> bare_;
};

template <class Rule, class T>
class [[nodiscard("this does nothing until it is awaited")]] range_awaitable {
 public:
  range_awaitable(std::vector<task<T>> bodies, bool bare) noexcept
      : bodies_(std::move(bodies)), bare_(bare) {}
  range_awaiter<Rule, T> operator co_await() && {
    return range_awaiter<Rule, T>(std::move(bodies_), bare_);
  }

 private:
  std::vector<task<T>> bodies_;
  bool bare_;
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

template <class Rule, class... As>
auto await_all_of(As&&... awaitables) {
  return tuple_awaitable<Rule, as_task_value_t<As>...>(
      std::tuple<task<as_task_value_t<As>>...>(as_task(std::forward<As>(awaitables))...),
      {is_bare_operation<As>...});
}

template <class Rule, class Range>
auto await_all_in(Range&& range) {
  auto bodies = range_of_tasks(std::forward<Range>(range));
  using value = typename decltype(bodies)::value_type::value_type;
  constexpr bool bare =
      !std::is_lvalue_reference_v<Range> && is_bare_operation<std::ranges::range_value_t<Range>>;
  return range_awaitable<Rule, value>(std::move(bodies), bare);
}

}  // namespace tridem::detail
