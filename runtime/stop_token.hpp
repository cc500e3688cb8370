// SPDX-License-Identifier: MIT
// A std::stop_token for the running task, to hand to code that knows nothing of tridem.
#pragma once

#include <stop_token>

namespace tridem::this_task {

/// A token on which stop is requested when the innermost cancel scope around this call is
/// cancelled, from whatever depth outside. It may be asked on any thread; callbacks registered on
/// it run on the loop's thread, inside the cancellation: they must be short and must not touch
/// tasks. After the scope has been left without cancellation it never stops.
///
/// Threads: call it on the loop's thread. A token without state outside a task. Cost: one
/// allocation for each scope.
[[nodiscard]] std::stop_token stop_token();

}  // namespace tridem::this_task
