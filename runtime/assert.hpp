// SPDX-License-Identifier: MIT
// Misuse ends the program with a text, in release builds too: it can never be handled, only mended.
#pragma once

namespace tridem::detail {

/// Prints "tridem: <what>" with the place and aborts.
///
/// Threads: any. Cost: ends the process.
[[noreturn]] void misuse(const char* what, const char* file, int line) noexcept;

}  // namespace tridem::detail

/// Aborts with `text` when `condition` does not hold; `text` says what the caller did and what to
/// do instead.
#define TRIDEM_ASSERT(condition, text)                    \
  do {                                                    \
    if (!(condition)) [[unlikely]]                        \
      ::tridem::detail::misuse(text, __FILE__, __LINE__); \
  } while (false)
