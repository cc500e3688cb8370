// SPDX-License-Identifier: MIT
// From the system's structure to ours, for those who have a struct statx.
#pragma once

#include <tridem/io/file_status.hpp>

struct statx;

namespace tridem::detail {

/// Source: statx(2), STATX_BASIC_STATS.
[[nodiscard]] file_status to_status(const struct ::statx& from) noexcept;

/// The type in the bits S_IFMT of a mode.
[[nodiscard]] file_type type_of_mode(unsigned mode) noexcept;

}  // namespace tridem::detail
