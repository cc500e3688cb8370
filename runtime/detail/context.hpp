// SPDX-License-Identifier: MIT
// The values of context variables that a strand sees: a short persistent list, shared until
// somebody sets.
#pragma once

namespace tridem::detail {

struct context_node;

/// Counted by hand, on the loop's thread.
[[nodiscard]] context_node* share_context(context_node* context) noexcept;
void release_context(context_node* context) noexcept;

}  // namespace tridem::detail
