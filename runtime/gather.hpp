// SPDX-License-Identifier: MIT
// gather: run several at once and have all their results, in the order in which they were given.
#pragma once

#include <tridem/runtime/detail/gather_awaiter.hpp>
#include <tridem/runtime/outcome.hpp>

namespace tridem {
namespace detail {

/// All values, or the first error.
struct gather_rule {
  static constexpr auto policy = gather_core::on_end::failure_cancels;

  template <class... Ts>
  static std::tuple<void_to_monostate<Ts>...> of_tuple(gather_core&,
                                                       gather_child_of<Ts>&... children) {
    return std::tuple<void_to_monostate<Ts>...>(take_from(children.slot())...);
  }
  template <class T>
  static auto of_range(gather_core&, gather_child_of<T>* children, std::size_t count) {
    if constexpr (!std::is_void_v<T>) {
      std::vector<std::remove_cvref_t<T>> values;
      values.reserve(count);
      for (std::size_t i = 0; i < count; ++i) values.push_back(children[i].slot().take());
      return values;
    }
  }
};

/// How each has ended.
struct settle_rule {
  static constexpr auto policy = gather_core::on_end::nothing;

  template <class T>
  static outcome<T> settle(result_slot<T>& slot) {
    if (slot.has_error()) return outcome<T>(slot.error());
    if constexpr (std::is_void_v<T>) {
      return outcome<T>();
    } else {
      return outcome<T>(slot.take());
    }
  }
  template <class... Ts>
  static std::tuple<outcome<Ts>...> of_tuple(gather_core&, gather_child_of<Ts>&... children) {
    return std::tuple<outcome<Ts>...>(settle(children.slot())...);
  }
  template <class T>
  static std::vector<outcome<T>> of_range(gather_core&, gather_child_of<T>* children,
                                          std::size_t count) {
    std::vector<outcome<T>> outcomes;
    outcomes.reserve(count);
    for (std::size_t i = 0; i < count; ++i) outcomes.push_back(settle(children[i].slot()));
    return outcomes;
  }
};

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
  return detail::await_all_of<detail::gather_rule>(std::forward<As>(awaitables)...);
}

/// The same for a range: gives a vector in input order, nothing for a range of void.
template <detail::awaitable_range Range>
auto gather(Range&& range) {
  return detail::await_all_in<detail::gather_rule>(std::forward<Range>(range));
}

/// Like `gather`, but a failure disturbs nobody: gives an `outcome` (value or exception) for each,
/// and throws only `cancelled`, when the scope around it was cancelled and that cut a child; a
/// failure is then reported on stderr.
template <awaitable... As>
auto gather_settled(As&&... awaitables) {
  return detail::await_all_of<detail::settle_rule>(std::forward<As>(awaitables)...);
}

template <detail::awaitable_range Range>
auto gather_settled(Range&& range) {
  return detail::await_all_in<detail::settle_rule>(std::forward<Range>(range));
}

}  // namespace tridem
