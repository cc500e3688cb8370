// SPDX-License-Identifier: MIT
// How a run ends: nothing outlives it.
#include <tridem/runtime/assert.hpp>
#include <tridem/runtime/run.hpp>

#include <cstdio>
#include <exception>

namespace tridem::detail {
void run_to_end(event_loop& home, task_control_base& root) {
  try {
    while (!root.done()) home.turn();
    home.root_scope().cancel();
    // What other threads handed over in the last moment is taken too: it starts cancelled, and its
    // future says so.
    while (home.has_tasks() || home.has_posted()) home.turn();
  } catch (const std::exception& failure) {
    // Operations are under way whose memory nobody may free: there is no orderly end any more.
    char text[512];
    std::snprintf(text, sizeof text, "the event loop cannot go on, its driver '%s' failed: %s",
                  home.driver_name(), failure.what());
    misuse(text, __FILE__, __LINE__);
  }
}

}  // namespace tridem::detail
