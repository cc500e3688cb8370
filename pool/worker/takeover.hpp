// SPDX-License-Identifier: MIT
// What the wrapped main asks before it calls the user's: whose process is this?
#pragma once

namespace tridem::detail {

/// Turns this process into a fork server or a worker if that is what it was started for.
///
/// Then it never returns. Otherwise it notes that main was wrapped, so that process pools work.
void take_over_if_asked(int argc, char** argv) noexcept;

/// True once take_over_if_asked has returned: main is wrapped, and has begun.
[[nodiscard]] bool main_is_wrapped() noexcept;

}  // namespace tridem::detail
