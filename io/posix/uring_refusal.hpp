// SPDX-License-Identifier: MIT
// Why io_uring cannot be had, in words.
#pragma once

#include <string>
#include <system_error>

namespace tridem::detail {

/// The cause, and what can be done, of an io_uring that could not be set up.
[[nodiscard]] std::string cause_of_refusal(const std::system_error& error);

}  // namespace tridem::detail
