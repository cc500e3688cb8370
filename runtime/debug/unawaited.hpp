// SPDX-License-Identifier: MIT
// The end of the account of tasks that were never awaited; each function is told when it is met
// first.
#pragma once

namespace tridem::detail {

/// Says how often those were met that were met more than once, and begins anew.
void tell_repeated_unawaited();

}  // namespace tridem::detail
