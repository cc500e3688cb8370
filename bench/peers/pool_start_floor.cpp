// SPDX-License-Identifier: MIT
// The floor of a start: posix_spawn of /bin/true and its end, from a parent of some size. And what
// fork does to such a parent.
#include "bench/support/ballast.hpp"
#include "bench/support/repeat.hpp"

#include <cstdio>
#include <spawn.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace {

void spawn_and_wait() {
  char name[] = "/bin/true";
  char* arguments[] = {name, nullptr};
  char* environment[] = {nullptr};
  pid_t child = 0;
  if (::posix_spawn(&child, name, nullptr, nullptr, arguments, environment) != 0) {
    std::perror("posix_spawn /bin/true");
    std::exit(1);
  }
  ::waitpid(child, nullptr, 0);
}

void fork_and_wait() {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ::waitpid(child, nullptr, 0);
}

}  // namespace

int main(int count, char** arguments) {
  const bench::ballast parent(count > 1 ? arguments[1] : "10");
  const char* const question = "start: process, to its end";
  bench::stopwatch spawning;
  while (spawning.next()) spawn_and_wait();
  spawning.report(parent.with("posix_spawn /bin/true").c_str(), question);
  bench::stopwatch forking;
  while (forking.next()) fork_and_wait();
  forking.report(parent.with("fork").c_str(), question);
}
