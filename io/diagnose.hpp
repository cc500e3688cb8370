// SPDX-License-Identifier: MIT
// What tridem finds on this machine, what it makes of it, and what could be done.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tridem {

/// One thing that was looked at.
struct finding {
  enum class verdict : std::uint8_t {
    good,   ///< As it should be.
    note,   ///< tridem works; something is slower, or could be more.
    wrong,  ///< Something of tridem does not work here.
  };
  verdict how = verdict::good;
  std::string subject;      ///< "io_uring".
  std::string what;         ///< What was found: "denied by seccomp (EPERM)".
  std::string consequence;  ///< What that means: "loops run on the Asio driver".
  std::string advice;       ///< What to do about it; empty when nothing is to be done.
};

/// "note   io_uring: denied by ...; loops run on ...; allow ...". One line without its end.
[[nodiscard]] std::string to_string(const finding& found);

/// Looks at the kernel, io_uring, limits, cgroups, CPUs and the environment. examples/doctor.cpp
/// prints it.
///
/// Errors:   none but std::bad_alloc: what cannot be found out is a finding.
/// Threads:  any; it makes a ring for a moment, which the calling thread must not mind.
/// Cost:     about a millisecond.
[[nodiscard]] std::vector<finding> diagnose();

}  // namespace tridem
