// SPDX-License-Identifier: MIT
// What a driver owes operations that have completed in a turn in which strangers' code still runs.
#pragma once

#include <tridem/runtime/operation.hpp>

namespace tridem::detail {

/// Adds `op`, which has its result, to `completed`. A handler may have asked for its end in this
/// very turn: then it stands in the list of the loop, and is taken out of it.
inline void complete_in_turn(operation& op, operation_list& completed) noexcept {
  if (op.is_linked()) operation_list::erase(op);
  op.state = operation_state::done;
  completed.push_back(op);
}

/// Whoever asks for the end of one of these comes too late.
inline void mark_done(operation_list& completed) noexcept {
  completed.for_each([](operation& op) { op.state = operation_state::done; });
}

}  // namespace tridem::detail
