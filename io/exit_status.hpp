// SPDX-License-Identifier: MIT
// How a process ended: by leaving with a code, or by a signal.
#pragma once

#include <string>

namespace tridem {

/// What the system tells of a process that has ended.
///
/// Threads: any, like an int.
class exit_status {
 public:
  /// "It has ended, but how is not known": another part of this program took the answer.
  constexpr exit_status() noexcept = default;
  /// It left by itself, with a code of 0 to 255.
  [[nodiscard]] static constexpr exit_status exited(int code) noexcept {
    return exit_status(way::exit, code, false);
  }
  /// A signal ended it.
  [[nodiscard]] static constexpr exit_status killed(int signal, bool core_dumped = false) noexcept {
    return exit_status(way::signal, signal, core_dumped);
  }
  /// From the status word of waitpid(2).
  [[nodiscard]] static exit_status from_wait(int status) noexcept;

  /// Whether it left by itself with code 0, the convention for "all is well".
  [[nodiscard]] constexpr bool success() const noexcept {
    return way_ == way::exit && number_ == 0;
  }
  /// The code it left with, 0 to 255; -1 when a signal ended it, or how it ended is not known.
  [[nodiscard]] constexpr int code() const noexcept { return way_ == way::exit ? number_ : -1; }
  /// The signal that ended it; 0 when none did, or how it ended is not known.
  [[nodiscard]] constexpr int signal() const noexcept { return way_ == way::signal ? number_ : 0; }
  [[nodiscard]] constexpr bool core_dumped() const noexcept { return core_dumped_; }
  /// False when another part of this program took the answer: SIGCHLD is ignored, or somebody waits
  /// for children that are not his own, and the kernel is older than Linux 6.15.
  [[nodiscard]] constexpr bool is_known() const noexcept { return way_ != way::unknown; }

  /// "exit code 3", "killed by SIGSEGV (core dumped)".
  [[nodiscard]] std::string to_string() const;

  friend constexpr bool operator==(exit_status, exit_status) noexcept = default;

 private:
  enum class way : unsigned char { unknown, exit, signal };
  constexpr exit_status(way how, int number, bool core_dumped) noexcept
      : number_(number), way_(how), core_dumped_(core_dumped) {}

  int number_ = 0;
  way way_ = way::unknown;
  bool core_dumped_ = false;
};

}  // namespace tridem
