// SPDX-License-Identifier: MIT
// The failures of buffered streams, out of line: they name the bound and what to do.
#pragma once

#include <tridem/runtime/time.hpp>

#include <cstddef>

namespace tridem::detail {

[[noreturn]] void throw_too_long(const char* operation, std::size_t limit);
[[noreturn]] void throw_too_slow(const char* operation, std::size_t held, duration allowed);
[[noreturn]] void throw_peek_too_far(std::size_t wanted, std::size_t limit);

}  // namespace tridem::detail
