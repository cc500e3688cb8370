// SPDX-License-Identifier: MIT
// On which CPUs the threads of a pool run.
#pragma once

#include <tridem/pool/thread_pool_options.hpp>

#include <cstddef>
#include <vector>

namespace tridem::detail {

/// The CPUs that the options name and this process may use.
class cpu_choice {
 public:
  /// Errors: std::invalid_argument when none is left, or the NUMA node does not exist.
  explicit cpu_choice(const thread_pool_options& options);

  /// How many CPUs the pool may keep busy, 1 or more.
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  /// Binds the calling thread, the `number`-th of the pool, as the options say.
  void bind_thread(std::size_t number) const noexcept;

 private:
  std::vector<int> cpus_;  // empty: nothing was asked for
  bool pin_;
  std::size_t count_;
};

/// The numbers of a list as the kernel writes it: "0-3,8,10-11".
[[nodiscard]] std::vector<int> parse_cpu_list(const std::string& text);

}  // namespace tridem::detail
