// SPDX-License-Identifier: MIT
// Limits of this process and of the machine, as findings.
#pragma once

#include <tridem/io/diagnose.hpp>

#include <string>
#include <vector>

namespace tridem::detail {

/// The first line of a small file, without its end; empty when it cannot be read.
[[nodiscard]] std::string first_line_of(const std::string& path);

[[nodiscard]] finding descriptors_found();
[[nodiscard]] finding processes_found();
[[nodiscard]] finding locked_memory_found();
[[nodiscard]] finding cpus_found();
[[nodiscard]] finding pidfds_found();
[[nodiscard]] finding proc_found();
/// The limits of the cgroup that are set; one finding that says so when none is.
[[nodiscard]] std::vector<finding> cgroup_found();

}  // namespace tridem::detail
