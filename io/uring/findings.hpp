// SPDX-License-Identifier: MIT
// The kernel table in the words of `diagnose`.
#pragma once

#include "io/uring/features.hpp"

#include <tridem/io/diagnose.hpp>

#include <vector>

namespace tridem::uring {

/// One finding for each feature of the table. `is_there`: whether this kernel has it, in the order
/// of `features()`; the required ones are there, or no ring is.
[[nodiscard]] std::vector<finding> findings_of_features(const std::vector<bool>& is_there);

/// One finding for each defect that is known of `kernel`.
[[nodiscard]] std::vector<finding> findings_of_defects(kernel_version kernel);

}  // namespace tridem::uring
