// SPDX-License-Identifier: MIT
// expect: an event loop was used (in the child of|after) fork
#include <tridem/io/choose_driver.hpp>
#include <tridem/runtime/run.hpp>
#include <tridem/runtime/sleep.hpp>

#include <chrono>
#include <cstdlib>
#include <sys/wait.h>
#include <unistd.h>

namespace {

tridem::task<> wrong() {
  const pid_t child = ::fork();
  if (child == 0) {
    co_await tridem::sleep(std::chrono::milliseconds(1));
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT) std::abort();
}

}  // namespace

int main() {
  tridem::run(wrong());
}
