// SPDX-License-Identifier: MIT
// Compares what a memory group says now with what was heard of before.
#include "pool/processes/oom_count.hpp"

#include "pool/confinement/group_home.hpp"

namespace tridem::detail {

void oom_count::watch(int process) {
  folder_.clear();
  const group_home home = find_group_home("memory", process);
  if (home.folders.empty()) return;
  const auto now = oom_kills_in(home.folders.front(), home.is_unified);
  if (!now) return;
  folder_ = home.folders.front();
  is_unified_ = home.is_unified;
  taken_ = *now;
}

bool oom_count::take_one() noexcept {
  if (folder_.empty()) return false;
  try {
    const auto now = oom_kills_in(folder_, is_unified_);
    if (!now || *now <= taken_) return false;
    ++taken_;
    return true;
  } catch (...) {
    // No memory to look: what killed the worker stays unsaid.
    return false;
  }
}

}  // namespace tridem::detail
