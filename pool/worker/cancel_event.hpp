// SPDX-License-Identifier: MIT
// A descriptor by which whoever blocks in a worker hears that its call is told to stop.
#pragma once

namespace tridem::detail {

/// Readable when the call that runs in this worker was told to stop, and sometimes without that:
/// ask cancel_requested. -1 in other processes, and when there are no descriptors.
///
/// Cost: a thread, when it is first asked for. Threads: any.
[[nodiscard]] int cancel_event() noexcept;
/// Takes back what it said of a call that has ended.
void clear_cancel_event() noexcept;

}  // namespace tridem::detail
