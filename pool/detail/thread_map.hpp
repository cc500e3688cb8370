// SPDX-License-Identifier: MIT
// map on threads: one lane for each thread, which takes pieces of the input until none is left.
#pragma once

#include <tridem/pool/detail/chunk_pace.hpp>
#include <tridem/pool/detail/thread_job.hpp>
#include <tridem/pool/map_options.hpp>
#include <tridem/runtime/cancellation.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/task.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <memory>
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

/// Results that are written straight to their place in the output, because there can be a value in
/// it before. Bits of a vector<bool> share bytes, which two threads must not write.
template <class R>
inline constexpr bool is_written_in_place =
    std::is_nothrow_default_constructible_v<R> && std::is_nothrow_move_assignable_v<R> &&
    !std::is_same_v<R, bool>;

/// Where the lanes of a map leave its results. Different lanes never touch the same object.
template <class R>
class map_results {
 public:
  map_results(std::size_t items, std::size_t lanes) : items_(items), pieces_(lanes) {}

  /// Calls `f` for the items from `first` to `last`, `at` being the first, and keeps what it gives.
  template <class F, class Iterator>
  void fill(std::size_t lane, std::size_t first, std::size_t last, F& f, Iterator at) {
    std::vector<piece>& mine = pieces_[lane];
    if (mine.empty() || mine.back().first + mine.back().values.size() != first) {
      mine.push_back({first, {}});
    }
    for (std::size_t i = first; i != last; ++i, ++at) {
      mine.back().values.push_back(call_with(f, *at));
    }
  }
  [[nodiscard]] std::vector<R> take() {
    std::vector<piece> all;
    for (std::vector<piece>& lane : pieces_) std::ranges::move(lane, std::back_inserter(all));
    std::ranges::sort(all, {}, &piece::first);
    if (all.size() == 1) return std::move(all.front().values);
    std::vector<R> joined;
    joined.reserve(items_);
    for (piece& one : all) std::ranges::move(one.values, std::back_inserter(joined));
    return joined;
  }

 private:
  struct piece {
    std::size_t first;
    std::vector<R> values;
  };
  std::size_t items_;
  std::vector<std::vector<piece>> pieces_;
};

template <class R>
  requires is_written_in_place<R>
class map_results<R> {
 public:
  map_results(std::size_t items, std::size_t) : values_(items) {}

  template <class F, class Iterator>
  void fill(std::size_t, std::size_t first, std::size_t last, F& f, Iterator at) {
    R* const out = values_.data();
    for (std::size_t i = first; i != last; ++i, ++at) out[i] = call_with(f, *at);
  }
  [[nodiscard]] std::vector<R> take() { return std::move(values_); }

 private:
  std::vector<R> values_;
};

template <>
class map_results<void> {
 public:
  map_results(std::size_t, std::size_t) noexcept {}

  template <class F, class Iterator>
  void fill(std::size_t, std::size_t first, std::size_t last, F& f, Iterator at) {
    for (std::size_t i = first; i != last; ++i, ++at) call_with(f, *at);
  }
};

/// What the lanes of one map share. It lives in the frame of the map, which outlives them.
template <class F, class View>
struct map_state {
  map_state(F callable, View input, map_options options, std::size_t threads)
      : f(std::move(callable)),
        items(std::move(input)),
        size(static_cast<std::size_t>(std::ranges::size(items))),
        chunk(options.chunk),
        lanes(std::min(options.in_flight != 0 ? options.in_flight : threads, size)),
        results(size, lanes) {}

  F f;
  View items;
  const std::size_t size;
  const std::size_t chunk;  // 0: as the lanes find best
  const std::size_t lanes;
  map_results<map_result_t<F, View>> results;
  bool was_cut_short = false;  // of the loop's thread only
  // The first item that nobody has taken; alone in its line, because all lanes write it.
  alignas(64) std::atomic<std::size_t> next{0};
};

enum class lane_end : unsigned char { nothing_left, makes_way, told_to_stop };

/// Runs on a thread. Between two pieces it makes way when it has run for a while and others wait.
template <class F, class View>
lane_end run_lane(std::stop_token stop, thread_crew* crew, map_state<F, View>* state,
                  std::size_t lane) {
  constexpr duration turn = std::chrono::milliseconds(1);
  chunk_pace pace(state->chunk);
  const time_point begun = clock::now();
  for (time_point now = begun;;) {
    const std::size_t taken = std::min(state->next.load(std::memory_order_relaxed), state->size);
    const std::size_t count = pace.chunk(state->size - taken, state->lanes);
    // Nothing but the number itself is shared: relaxed. It cannot wrap round: each lane adds once
    // in vain.
    const std::size_t first = state->next.fetch_add(count, std::memory_order_relaxed);
    if (first >= state->size) return lane_end::nothing_left;
    const std::size_t last = std::min(first + count, state->size);
    const auto items = std::ranges::begin(state->items);
    for (std::size_t at = first; at != last;) {
      if (stop.stop_requested()) return lane_end::told_to_stop;
      const std::size_t end = std::min(at + pace.block(), last);
      state->results.fill(lane, at, end, state->f,
                          items + static_cast<std::ranges::range_difference_t<View>>(at));
      at = end;
    }
    const time_point before = std::exchange(now, clock::now());
    pace.took(last - first, now - before);
    if (now - begun > turn && has_queued(*crew)) return lane_end::makes_way;
  }
}

template <class F, class View>
task<> map_lane(thread_crew& crew, job_options how, map_state<F, View>& state, std::size_t lane) {
  for (;;) {
    const lane_end end =
        co_await make_thread_call(crew, how, &run_lane<F, View>, &crew, &state, lane);
    if (end == lane_end::told_to_stop) state.was_cut_short = true;
    if (end != lane_end::makes_way) co_return;
  }
}

template <class F, class View>
task<std::conditional_t<std::is_void_v<map_result_t<F, View>>, void,
                        std::vector<map_result_t<F, View>>>>
map_on_threads(thread_crew& crew, job_options how, std::size_t threads, F f, View items,
               map_options options) {
  // Of its own, not in the frame: frames are not aligned to a line.
  const auto state =
      std::make_unique<map_state<F, View>>(std::move(f), std::move(items), options, threads);
  std::vector<task<>> lanes;
  for (std::size_t i = 0; i < state->lanes; ++i) lanes.push_back(map_lane(crew, how, *state, i));
  co_await gather(std::move(lanes));
  // A lane that was told to stop has no later await at which it could throw.
  if (state->was_cut_short) throw_cancelled();
  if constexpr (!std::is_void_v<map_result_t<F, View>>) co_return state->results.take();
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
