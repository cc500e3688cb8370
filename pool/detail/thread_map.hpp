// SPDX-License-Identifier: MIT
// map on threads: chunks of the input, a bounded number of them under way, results in order.
#pragma once

#include <tridem/pool/detail/thread_job.hpp>
#include <tridem/pool/map_options.hpp>
#include <tridem/runtime/cancellation.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/task.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <ranges>
#include <stop_token>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace tridem::detail {

/// `f(item)`; std::apply also calls members.
template <class F, class Item>
decltype(auto) call_with(F& f, Item&& item) {
  return std::apply(f, std::forward_as_tuple(std::forward<Item>(item)));
}

template <class F, class View>
using map_result_t = std::remove_cvref_t<decltype(call_with(
    std::declval<F&>(), std::declval<std::ranges::range_reference_t<View>>()))>;

/// What all chunks of one map share. It lives in the frame of the map, which outlives them.
template <class R, class F, class View>
struct map_state {
  F f;
  View items;
  std::size_t chunk;
  std::size_t size;
  // Of the loop's thread only: the first item that nobody has taken, and whether a chunk was told
  // to stop before its last item.
  std::size_t next = 0;
  bool was_cut_short = false;
  // One for each chunk: threads that fill different ones never touch the same object.
  std::vector<std::vector<void_to_monostate<R>>> results;
};

/// Runs on a thread. False when it was told to stop before its last item.
template <class R, class F, class View>
bool run_chunk(std::stop_token stop, map_state<R, F, View>* state, std::size_t first) {
  const std::size_t last = std::min(first + state->chunk, state->size);
  auto at =
      std::ranges::begin(state->items) + static_cast<std::ranges::range_difference_t<View>>(first);
  auto& results = state->results[first / state->chunk];
  if constexpr (!std::is_void_v<R>) results.reserve(last - first);
  for (std::size_t i = first; i != last; ++i, ++at) {
    if (stop.stop_requested()) return false;
    if constexpr (std::is_void_v<R>) {
      call_with(state->f, *at);
    } else {
      results.push_back(call_with(state->f, *at));
    }
  }
  return true;
}

/// One of the lines that work through the chunks.
template <class R, class F, class View>
task<> map_lane(thread_crew& crew, map_state<R, F, View>& state) {
  while (state.next < state.size) {
    const std::size_t first = state.next;
    state.next += state.chunk;
    const bool whole = co_await make_thread_call(crew, &run_chunk<R, F, View>, &state, first);
    if (!whole) state.was_cut_short = true;
  }
}

template <class F, class View>
task<std::conditional_t<std::is_void_v<map_result_t<F, View>>, void,
                        std::vector<map_result_t<F, View>>>>
map_on_threads(thread_crew& crew, std::size_t threads, F f, View items, map_options options) {
  using result = map_result_t<F, View>;
  const auto size = static_cast<std::size_t>(std::ranges::size(items));
  const std::size_t chunk = chunk_of(options, size, threads);
  const std::size_t chunks = (size + chunk - 1) / chunk;
  map_state<result, F, View> state{std::move(f), std::move(items), chunk, size, 0, false, {}};
  state.results.resize(chunks);
  std::vector<task<>> lanes;
  const std::size_t lane_count = std::min(in_flight_of(options, threads), chunks);
  for (std::size_t i = 0; i < lane_count; ++i) lanes.push_back(map_lane(crew, state));
  co_await gather(std::move(lanes));
  // The last chunk that was told to stop has no later await at which it could throw.
  if (state.was_cut_short) throw_cancelled();
  if constexpr (!std::is_void_v<result>) {
    if (chunks == 1) co_return std::move(state.results.front());
    std::vector<result> all;
    all.reserve(size);
    for (auto& part : state.results) {
      all.insert(all.end(), std::make_move_iterator(part.begin()),
                 std::make_move_iterator(part.end()));
    }
    co_return all;
  }
}

/// A range in a form that threads can share: random access, its size known.
template <class Range>
auto view_for_threads(Range&& items) {
  if constexpr (std::ranges::random_access_range<Range> && std::ranges::sized_range<Range>) {
    return std::views::all(std::forward<Range>(items));
  } else {
    std::vector<std::ranges::range_value_t<Range>> copies;
    for (auto&& item : items) copies.push_back(std::forward<decltype(item)>(item));
    return std::views::all(std::move(copies));
  }
}

}  // namespace tridem::detail
