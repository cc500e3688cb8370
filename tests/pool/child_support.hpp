// SPDX-License-Identifier: MIT
// A program in a child process, which may end in any way: then nobody that it has started is left.
#pragma once

#include <doctest/doctest.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tridem::test {

/// Runs `body(int words)` in a child process and lets `end(pid_t child, int words)` deal with it,
/// where `words` are the ends of a pipe. Then waits until nobody is left: a process that stays
/// is a test that never ends.
///
/// @returns How the child ended, as waitpid says.
template <class Body, class End>
int in_a_child(Body body, End end) {
  // Orphans come to this process, so that it can tell when the last one has gone.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  int words[2];
  REQUIRE(::pipe(words) == 0);
  // What is buffered here must not come once more from there.
  std::fflush(nullptr);
  std::cout.flush();
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::close(words[0]);
    // What doctest does at a fatal signal is for the parent only.
    for (const int fatal : {SIGABRT, SIGSEGV, SIGTERM, SIGINT}) ::signal(fatal, SIG_DFL);
    body(words[1]);
    ::_exit(0);
  }
  ::close(words[1]);
  end(child, words[0]);
  ::close(words[0]);
  int status = -1;
  for (;;) {
    int ended_as = 0;
    const pid_t ended = ::waitpid(-1, &ended_as, 0);
    if (ended == child) status = ended_as;
    if (ended < 0 && errno != EINTR) break;
  }
  CHECK(errno == ECHILD);
  ::prctl(PR_SET_CHILD_SUBREAPER, 0);
  return status;
}

/// Waits for one word of the child, or for its end.
inline void wait_for_word(int words, char wanted) {
  for (char word = 0; word != wanted;) {
    if (::read(words, &word, 1) != 1) return;
  }
}

/// Says one word to the test.
inline void say(int words, char word) {
  (void)!::write(words, &word, 1);
}

}  // namespace tridem::test
