// SPDX-License-Identifier: MIT
// imap on worker processes: results one by one, while a bounded number of chunks is under way.
#pragma once

#include <tridem/pool/detail/process_map.hpp>
#include <tridem/runtime/adaptors.hpp>
#include <tridem/runtime/async_generator.hpp>

#include <cstddef>
#include <ranges>
#include <utility>
#include <vector>

namespace tridem::detail {

/// A range that was moved in: its items may be moved on.
template <class View>
inline constexpr bool owns_items = false;
template <class Range>
inline constexpr bool owns_items<std::ranges::owning_view<Range>> = true;

template <auto Function, item_form Form>
using chunk_items = std::vector<typename map_job<Function, Form>::item>;

/// The call of one chunk, which owns its items: a stream may be dropped while the call runs.
template <auto Function, item_form Form>
auto make_chunk_call(process_pool& pool, call_options how, chunk_items<Function, Form> items) {
  return make_process_call<&map_job<Function, Form>::run>(pool, how, std::move(items));
}

template <auto Function, item_form Form, class View>
auto chunk_calls(process_pool& pool, call_options how, View items, std::size_t chunk)
    -> async_generator<decltype(make_chunk_call<Function, Form>(pool, how, {}))> {
  using item = typename map_job<Function, Form>::item;
  auto at = std::ranges::begin(items);
  while (at != std::ranges::end(items)) {
    chunk_items<Function, Form> part;
    part.reserve(chunk);
    for (; part.size() < chunk && at != std::ranges::end(items); ++at) {
      if constexpr (owns_items<View>) {
        part.push_back(static_cast<item>(std::ranges::iter_move(at)));
      } else {
        part.push_back(static_cast<item>(*at));
      }
    }
    auto call = make_chunk_call<Function, Form>(pool, how, std::move(part));
    co_yield std::move(call);
  }
}

template <class R>
async_generator<R> one_by_one(async_generator<std::vector<R>> chunks) {
  for (;;) {
    std::vector<R>* chunk = co_await chunks.next();
    if (chunk == nullptr) co_return;
    for (auto&& value : *chunk) co_yield std::move(value);
  }
}

/// @param order  `buffered` or `buffered_unordered`.
template <auto Function, item_form Form, class View, class Order>
auto process_imap(process_pool& pool, call_options how, View items, std::size_t chunk,
                  Order order) {
  return one_by_one(chunk_calls<Function, Form>(pool, how, std::move(items), chunk) | order);
}

}  // namespace tridem::detail
