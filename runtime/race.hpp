// SPDX-License-Identifier: MIT
// race: run several at once, keep what ends first, stop the rest.
#pragma once

#include <tridem/runtime/detail/gather_awaiter.hpp>

#include <cstddef>
#include <optional>

namespace tridem {

/// What `race` of a range gives: which one ended first, and its value (`std::monostate` for void).
template <class T>
struct race_winner {
  std::size_t index;
  T value;
};

namespace detail {

/// The value of the first that ended.
struct race_rule {
  static constexpr auto policy = gather_core::on_end::first_decides;

  template <class... Ts>
  static auto of_tuple(gather_core& core, gather_child_of<Ts>&... children) {
    return pick<std::variant<void_to_monostate<Ts>...>, 0>(core, children...);
  }
  template <class T>
  static race_winner<void_to_monostate<T>> of_range(gather_core& core, gather_child_of<T>* children,
                                                    std::size_t count) {
    std::size_t index = 0;
    while (index + 1 < count && core.winner() != &children[index]) ++index;
    return {index, take_from(children[index].slot())};
  }

 private:
  template <class Result, std::size_t I, class T, class... Ts>
  static Result pick(gather_core& core, gather_child_of<T>& child, gather_child_of<Ts>&... rest) {
    if constexpr (sizeof...(Ts) > 0) {
      if (core.winner() != &child) return pick<Result, I + 1>(core, rest...);
    }
    return Result(std::in_place_index<I>, take_from(child.slot()));
  }
};

/// The values of all that had one by the time the losers were stopped.
struct race_settled_rule {
  static constexpr auto policy = gather_core::on_end::first_decides;

  template <class T>
  static std::optional<void_to_monostate<T>> value_if_any(gather_child_of<T>& child) {
    if (!child.slot().has_value()) return std::nullopt;
    return take_from(child.slot());
  }
  template <class... Ts>
  static std::tuple<std::optional<void_to_monostate<Ts>>...> of_tuple(
      gather_core&, gather_child_of<Ts>&... children) {
    return {value_if_any(children)...};
  }
  template <class T>
  static std::vector<std::optional<void_to_monostate<T>>> of_range(gather_core&,
                                                                   gather_child_of<T>* children,
                                                                   std::size_t count) {
    std::vector<std::optional<void_to_monostate<T>>> values;
    for (std::size_t i = 0; i < count; ++i) values.push_back(value_if_any(children[i]));
    return values;
  }
};

}  // namespace detail

/// Runs all awaitables at once and gives the value of the one that ends first, as a variant whose
/// index tells which
/// (`std::monostate` for void). The others are cancelled and awaited.
///
/// A loser that is a task may have finished too by the time it is stopped: its value is discarded,
/// a task cannot give it back (`race_settled` hands it over). A bare operation of this library
/// (`q.get()`, `m.lock()`, `e.wait()`) decides the race at the moment it completes, so of two
/// queues only one item is taken.
///
/// Errors:        the winner's: an error is an end like any other. What losers throw while they are
/// stopped becomes its notes, or is reported on stderr when the winner has a value. Cancellation:
/// reaches all; a winner that came first is delivered. Threads, Cost: as `gather`.
template <awaitable... As>
  requires(sizeof...(As) > 0)
auto race(As&&... awaitables) {
  return detail::await_all_of<detail::race_rule>(std::forward<As>(awaitables)...);
}

/// The same for a range: gives `{index, value}`. Aborts for an empty range, which nobody could win.
template <detail::awaitable_range Range>
auto race(Range&& range) {
  TRIDEM_ASSERT(!std::ranges::empty(range), "race was given an empty range: nobody could win");
  return detail::await_all_in<detail::race_rule>(std::forward<Range>(range));
}

/// Like `race`, but gives an optional for each: the winner's value, and those of losers that had
/// finished all the same.
template <awaitable... As>
  requires(sizeof...(As) > 0)
auto race_settled(As&&... awaitables) {
  return detail::await_all_of<detail::race_settled_rule>(std::forward<As>(awaitables)...);
}

template <detail::awaitable_range Range>
auto race_settled(Range&& range) {
  return detail::await_all_in<detail::race_settled_rule>(std::forward<Range>(range));
}

}  // namespace tridem
