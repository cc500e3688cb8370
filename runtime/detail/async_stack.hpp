// SPDX-License-Identifier: MIT
// Reads the async stack off the frames.
#pragma once

#include <tridem/runtime/exception.hpp>

namespace tridem::detail {

class promise_base;

/// The awaits from `innermost` up to the root of its strand, and on through the strands that await
/// that one.
[[nodiscard]] async_stack capture_stack(const promise_base* innermost);

}  // namespace tridem::detail
