// SPDX-License-Identifier: MIT
// Paths as the system takes them: bytes up to a zero.
#pragma once

#include <string>

namespace tridem::detail {

/// The bytes of `path`. One that holds a zero byte would mean another file, and is refused.
///
/// Errors: std::system_error, invalid_argument, that shows the path.
[[nodiscard]] const char* system_path(const std::string& path);

}  // namespace tridem::detail
