// SPDX-License-Identifier: MIT
// map on threads: chunks of the input, a bounded number of them under way, results in order.
#pragma once

#include <tridem/pool/detail/thread_job.hpp>
#include <tridem/pool/map_options.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/task.hpp>

#include <algorithm>
#include <cstddef>
#include <ranges>
#include <stop_token>
#include <type_traits>
#include <utility>
#include <vector>

namespace tridem::detail {

template <class F, class View>
using map_result_t = std::remove_cvref_t<std::invoke_result_t<F&, std::ranges::range_reference_t<View>>>;

/// What all chunks of one map share. It lives in the frame of the map, which outlives them.
template <class R, class F, class View>
struct map_state {
  F f;
  View items;
  std::size_t chunk;
  std::size_t size;
  std::size_t next = 0;  // the first item that nobody has taken; the loop's thread only
  // One for each chunk: threads that fill different ones never touch the same object.
  std::vector<std::vector<void_to_monostate<R>>> results;
};

/// Runs on a thread. Returns early when it is told to stop.
template <class R, class F, class View>
void run_chunk(std::stop_token stop, map_state<R, F, View>* state, std::size_t first) {
  const std::size_t last = std::min(first + state->chunk, state->size);
  auto at = std::ranges::begin(state->items) +
            static_cast<std::ranges::range_difference_t<View>>(first);
  if constexpr (!std::is_void_v<R>) {
    auto& results = state->results[first / state->chunk];
    results.reserve(last - first);
    for (std::size_t i = first; i != last && !stop.stop_requested(); ++i, ++at) {
      results.push_back(std::invoke_r_like(state->f, *at));
    }
  } else {
    for (std::size_t i = first; i != last && !stop.stop_requested(); ++i, ++at) state->f(*at);
  }
}

/// One of the lines that work through the chunks.
template <class R, class F, class View>
task<> map_lane(thread_crew& crew, map_state<R, F, View>& state) {
  while (state.next < state.size) {
    const std::size_t first = state.next;
    state.next += state.chunk;
    co_await make_thread_call(crew, &run_chunk<R, F, View>, &state, first);
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
  map_state<result, F, View> state{std::move(f), std::move(items), chunk, size, 0, {}};
  state.results.resize(chunks);
  std::vector<task<>> lanes;
  const std::size_t lane_count = std::min(in_flight_of(options, threads), chunks);
  for (std::size_t i = 0; i < lane_count; ++i) lanes.push_back(map_lane(crew, state));
  co_await gather(std::move(lanes));
  // A chunk that was told to stop has returned normally, and the stop is for this task.
  strand& line = co_await this_strand();
  if (line.scope->is_cancelled()) throw_cancelled();
  if constexpr (!std::is_void_v<result>) {
    if (chunks == 1) co_return std::move(state.results.front());
    std::vector<result> all;
    all.reserve(size);
    for (auto& part : state.results) {
      for (auto& value : part) all.push_back(std::move(value));
    }
    co_return all;
  }
}

}  // namespace tridem::detail
