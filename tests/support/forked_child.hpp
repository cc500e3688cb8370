// SPDX-License-Identifier: MIT
// A child made by fork() alone, for what must not be done there; its stderr is read back.
#pragma once

#include <doctest/doctest.h>

#include <csignal>
#include <fcntl.h>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tridem::test {

/// The constructor returns twice, as fork() does. The child must end by itself; the parent must
/// call `words`.
class forked_child {
 public:
  forked_child() {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    pid_ = ::fork();
    if (is_child()) {
      ::dup2(ends[1], 2);
      const ::rlimit none{};
      ::setrlimit(RLIMIT_CORE, &none);
      std::signal(SIGABRT, SIG_DFL);  // doctest's own would report a failed test
      return;
    }
    REQUIRE(pid_ > 0);
    ::close(ends[1]);
    reading_ = ends[0];
  }
  forked_child(const forked_child&) = delete;
  forked_child& operator=(const forked_child&) = delete;

  [[nodiscard]] bool is_child() const noexcept { return pid_ == 0; }

  /// Waits for the end of the child; what it said.
  [[nodiscard]] std::string words() {
    std::string said;
    char more[1024];
    for (ssize_t size = 0; (size = ::read(reading_, more, sizeof more)) > 0;) {
      said.append(more, static_cast<std::size_t>(size));
    }
    ::close(reading_);
    REQUIRE(::waitpid(pid_, &status_, 0) == pid_);
    return said;
  }
  [[nodiscard]] bool has_aborted() const noexcept {
    return WIFSIGNALED(status_) && WTERMSIG(status_) == SIGABRT;
  }
  [[nodiscard]] int exit_code() const noexcept {
    return WIFEXITED(status_) ? WEXITSTATUS(status_) : -1;
  }

 private:
  pid_t pid_ = -1;
  int reading_ = -1;
  int status_ = 0;
};

}  // namespace tridem::test
