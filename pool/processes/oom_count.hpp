// SPDX-License-Identifier: MIT
// Whether the kernel has killed a worker for lack of memory: its memory cgroup counts that.
#pragma once

#include <cstdint>
#include <string>

namespace tridem::detail {

/// How often the kernel's out-of-memory killer has ended a process of one memory cgroup.
class oom_count {
 public:
  /// Counts from now on, in the group of `process`; the children of that are in it too, unless they
  /// were moved. Nothing is ever counted where there is no such group, or it cannot be read.
  ///
  /// Source: memory.oom_control (v1, "oom_kill"), memory.events (v2); kernel 4.13.
  void watch(int process);

  /// True once for each kill.
  [[nodiscard]] bool take_one() noexcept;

 private:
  std::string folder_;  // empty: nothing is counted
  bool is_unified_ = false;
  std::uint64_t taken_ = 0;
};

}  // namespace tridem::detail
