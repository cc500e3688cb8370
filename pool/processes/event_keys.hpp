// SPDX-License-Identifier: MIT
// What the descriptors in a supervisor's epoll set are told apart by.
#pragma once

#include <cstdint>

namespace tridem::detail {

inline constexpr std::uint64_t nudge_key = 0;
inline constexpr std::uint64_t server_key = 1;

// Workers are numbered from 1.
constexpr std::uint64_t errors_key(std::uint64_t worker) noexcept {
  return worker * 2;
}
constexpr std::uint64_t pidfd_key(std::uint64_t worker) noexcept {
  return worker * 2 + 1;
}

}  // namespace tridem::detail
