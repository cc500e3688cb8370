// SPDX-License-Identifier: MIT
// How `map` cuts its work and how much of it is under way at once.
#pragma once

#include <cstddef>

namespace tridem {

/// Options of `map`. Trivial on purpose: they may stand inside a co_await expression.
struct map_options {
  /// Items in one call, 1 or more; 0 chooses: a quarter of each worker's share, and on threads as
  /// many as take about 50 us.
  std::size_t chunk = 0;
  /// Calls under way at once, 1 or more; 0 chooses: two for each worker, one for each thread.
  std::size_t in_flight = 0;
};

namespace detail {

/// The chunk that `options` mean for `items` on `workers`, at least 1.
[[nodiscard]] constexpr std::size_t chunk_of(map_options options, std::size_t items,
                                             std::size_t workers) noexcept {
  if (options.chunk != 0) return options.chunk;
  const std::size_t share = items / (workers == 0 ? 4 : 4 * workers);
  return share == 0 ? 1 : share;
}

/// The calls that may be under way at once, at least 1.
[[nodiscard]] constexpr std::size_t in_flight_of(map_options options,
                                                 std::size_t workers) noexcept {
  if (options.in_flight != 0) return options.in_flight;
  return workers == 0 ? 2 : 2 * workers;
}

}  // namespace detail
}  // namespace tridem
