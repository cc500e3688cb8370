// SPDX-License-Identifier: MIT
// The status word of waitpid(2), and the words for it.
#include <tridem/io/exit_status.hpp>

#include <cstring>
#include <sys/wait.h>

namespace tridem {

exit_status exit_status::from_wait(int status) noexcept {
  if (WIFEXITED(status)) return exited(WEXITSTATUS(status));
  if (WIFSIGNALED(status)) return killed(WTERMSIG(status), WCOREDUMP(status));
  return {};
}

std::string exit_status::to_string() const {
  switch (way_) {
    case way::unknown:
      return "ended, but how was told to another part of this program";
    case way::exit:
      return "exit code " + std::to_string(number_);
    case way::signal:
      break;
  }
  // Real-time signals have numbers only.
  const char* name = ::sigabbrev_np(number_);
  std::string text = "killed by ";
  text += name == nullptr ? "signal " + std::to_string(number_) : std::string("SIG") + name;
  if (core_dumped_) text += " (core dumped)";
  return text;
}

}  // namespace tridem
