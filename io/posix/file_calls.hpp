// SPDX-License-Identifier: MIT
// Calls on files that block, for which not every driver has something better than a thread.
#pragma once

#include <tridem/io/operations.hpp>

namespace tridem::detail {

/// ftruncate(2); sets the result.
void perform_truncate(truncate_operation& op) noexcept;

/// getdents64(2); sets the result.
void perform_read_directory(read_directory_operation& op) noexcept;

}  // namespace tridem::detail
