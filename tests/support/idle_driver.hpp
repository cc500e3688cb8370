// SPDX-License-Identifier: MIT
// A driver that serves nothing, for programs whose tasks only wait for each other.
#pragma once

#include <tridem/runtime/driver.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace tridem::test {

/// Time stands still but for timers, and a wait that nothing can end is told at once:
/// the process prints "waits for ever" and ends with exit code `waits_for_ever`.
class idle_driver final : public driver {
 public:
  void turn(operation_list&, operation_list&, time_point deadline) override {
    if (deadline == never) {
      std::puts("a task waits for ever");
      std::fflush(stdout);
      std::_Exit(waits_for_ever);
    }
    now_ = std::max(now_, deadline);
  }
  void wake() noexcept override {}
  [[nodiscard]] time_point now() const noexcept override { return now_; }
  [[nodiscard]] const char* name() const noexcept override { return "idle"; }

  static constexpr int waits_for_ever = 3;

 private:
  time_point now_{};
};

}  // namespace tridem::test
