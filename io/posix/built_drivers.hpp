// SPDX-License-Identifier: MIT
// Which drivers this build has: the options TRIDEM_ASIO and TRIDEM_URING of CMake.
#pragma once

namespace tridem::detail {

#ifdef TRIDEM_HAS_ASIO
inline constexpr bool has_asio = true;
#else
inline constexpr bool has_asio = false;
#endif
#ifdef TRIDEM_HAS_URING
inline constexpr bool has_uring = true;
#else
inline constexpr bool has_uring = false;
#endif

}  // namespace tridem::detail
