// SPDX-License-Identifier: MIT
// A process as other processes remember it: 64 bits that no later process of the same number has.
#pragma once

#include <chrono>
#include <cstdint>

namespace tridem::detail {

/// Number and birth of a process. Fits into one atomic word of shared memory.
///
/// Bits 0 to 31 are the pid, bits 32 to 61 the time of its start in ticks, as /proc/<pid>/stat has
/// it; the two highest bits are free for whoever stores it.
enum class process_identity : std::uint64_t { nobody = 0 };

inline constexpr std::uint64_t identity_mask = (std::uint64_t{1} << 62) - 1;

/// This process. Threads: any; right again after fork. Cost: one load, except for the first call.
[[nodiscard]] process_identity this_process() noexcept;

/// How old the answer of `is_alive` may be.
inline constexpr std::chrono::milliseconds sighting_lasts{50};

/// Whether that process still runs, or did so a moment ago; a zombie does not. Where /proc cannot
/// be read, any process of the same number counts. Cost: at most four system calls.
[[nodiscard]] bool is_alive(process_identity who) noexcept;

/// The same, looked at now.
[[nodiscard]] bool is_alive_now(process_identity who) noexcept;
/// Makes `is_alive` look again, in all threads: a process was seen to die.
void forget_sightings() noexcept;

[[nodiscard]] constexpr int pid_of(process_identity who) noexcept {
  return static_cast<int>(static_cast<std::uint64_t>(who) & 0xffffffff);
}

}  // namespace tridem::detail
