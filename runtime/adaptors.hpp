// SPDX-License-Identifier: MIT
// What can be done to an async_generator: source | filter(p) | transform(f) | take(n), buffered(n),
// merge(...).
#pragma once

#include <tridem/runtime/async_generator.hpp>
#include <tridem/runtime/awaitable.hpp>
#include <tridem/runtime/detail/run_ahead.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

namespace tridem {
namespace detail {

template <class T>
async_generator<T> taken(async_generator<T> source, std::size_t count) {
  for (; count > 0; --count) {
    T* item = co_await source.next();
    if (item == nullptr) co_return;
    co_yield std::move(*item);
  }
}

template <class T, class Predicate>
async_generator<T> filtered(async_generator<T> source, Predicate wanted) {
  for (;;) {
    T* item = co_await source.next();
    if (item == nullptr) co_return;
    const bool keep = wanted(std::as_const(*item));
    if (keep) co_yield std::move(*item);
  }
}

template <class T, class F>
async_generator<std::decay_t<std::invoke_result_t<F&, T>>> transformed(async_generator<T> source,
                                                                       F f) {
  for (;;) {
    T* item = co_await source.next();
    if (item == nullptr) co_return;
    co_yield f(std::move(*item));
  }
}

/// What stands on the right of `|`: a callable from generator to generator.
template <class Apply>
struct adaptor {
  Apply apply;
};
template <class Apply>
adaptor(Apply) -> adaptor<Apply>;

template <class T, class Apply>
auto operator|(async_generator<T> source, adaptor<Apply> step) {
  return step.apply(std::move(source));
}

}  // namespace detail

/// The first `count` values; the source is not asked for more.
inline auto take(std::size_t count) {
  return detail::adaptor{[count]<class T>(async_generator<T> source) {
    return detail::taken(std::move(source), count);
  }};
}

/// The values for which `wanted(const T&)` holds.
template <class Predicate>
auto filter(Predicate wanted) {
  return detail::adaptor{[wanted = std::move(wanted)]<class T>(async_generator<T> source) mutable {
    return detail::filtered(std::move(source), std::move(wanted));
  }};
}

/// `f(value)` for each value. When that is a task, follow with `buffered` to run some at once.
template <class F>
auto transform(F f) {
  return detail::adaptor{[f = std::move(f)]<class T>(async_generator<T> source) mutable {
    return detail::transformed(std::move(source), std::move(f));
  }};
}

/// For a source of awaitables: runs up to `bound` of them at once and gives their results in the
/// source's order.
///
/// The source runs ahead in a task of its own, never more than `bound` unread results. The first
/// error ends the stream and cancels the rest, as does dropping the stream; what is cancelled ends
/// in the root scope.
/// @param bound  At least 1.
inline auto buffered(std::size_t bound) {
  return detail::adaptor{[bound]<class A>(async_generator<A> source) {
    return detail::buffered_in_order(std::move(source), bound);
  }};
}

/// The same, with the results in the order in which they are ready.
inline auto buffered_unordered(std::size_t bound) {
  return detail::adaptor{[bound]<class A>(async_generator<A> source) {
    return detail::buffered_as_ready(std::move(source), bound);
  }};
}

/// The values of all sources, each as soon as it is there. One value of each source is read ahead.
///
/// The first error ends the stream; dropping it or an error cancels the sources.
template <class T, class... More>
async_generator<T> merge(async_generator<T> first, More... more) {
  std::vector<async_generator<T>> sources;
  sources.push_back(std::move(first));
  (sources.push_back(std::move(more)), ...);
  return detail::merged(std::move(sources));
}

}  // namespace tridem
