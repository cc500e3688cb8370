// SPDX-License-Identifier: MIT
// How a run ends: nothing outlives it.
#include <tridem/runtime/run.hpp>

namespace tridem::detail {
void run_to_end(event_loop& home, task_control_base& root) {
  while (!root.done()) home.turn();
  home.root_scope().cancel();
  while (!home.tasks().empty()) home.turn();
}

}  // namespace tridem::detail
