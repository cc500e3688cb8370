// SPDX-License-Identifier: MIT
// How a run ends: nothing outlives it.
#include <tridem/runtime/assert.hpp>
#include <tridem/runtime/inspect.hpp>
#include <tridem/runtime/run.hpp>

#include <chrono>
#include <cstdio>
#include <exception>
#include <sstream>

namespace tridem::detail {
namespace {

/// Tells once which tasks keep `run` from ending, when that takes too long.
class patience final : public timer_node {
 public:
  explicit patience(event_loop& home) noexcept : home_(home) {
    home_.add_timer(*this, after(home_.fresh_now(), span));
  }
  patience(const patience&) = delete;
  ~patience() {
    if (is_armed()) home_.remove_timer(*this);
  }

  void fire() noexcept override {
    try {
      std::ostringstream tasks;
      print_tasks(tasks);
      std::fprintf(stderr,
                   "tridem: run() has been ending for %d s. Its task has ended, all others were "
                   "cancelled, and these go on:\n%s  Known causes: a catch (...) that does not let "
                   "`cancelled` pass, a shield without a deadline, a call on a thread that does "
                   "not look at its stop_token.\n",
                   static_cast<int>(span.count()), tasks.str().c_str());
    } catch (const std::exception&) {
      // Out of memory for a text that only helps.
    }
  }

 private:
  static constexpr std::chrono::seconds span{5};

  event_loop& home_;
};

}  // namespace

void run_to_end(event_loop& home, task_control_base& root) {
  try {
    while (!root.done()) home.turn();
    home.root_scope().cancel();
    patience with_the_rest(home);
    // What other threads handed over in the last moment is taken too: it starts cancelled, and its
    // future says so. But callbacks that always post themselves again must not hold up the end.
    constexpr int turns_max = 1000;
    int turns = 0;
    while (home.has_tasks() || (home.has_posted() && turns++ < turns_max)) home.turn();
  } catch (const std::exception& failure) {
    // Operations are under way whose memory nobody may free: there is no orderly end any more.
    char text[512];
    std::snprintf(text, sizeof text, "the event loop cannot go on, its driver '%s' failed: %s",
                  home.driver_name(), failure.what());
    misuse(text, __FILE__, __LINE__);
  }
}

}  // namespace tridem::detail
