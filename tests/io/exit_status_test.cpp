// SPDX-License-Identifier: MIT
// The status word of the system, in words.
#include <tridem/io/exit_status.hpp>

#include <doctest/doctest.h>

#include <csignal>
#include <sys/wait.h>

using namespace tridem;

TEST_CASE("a code, zero or not") {
  CHECK(exit_status::exited(0).success());
  const exit_status failed = exit_status::from_wait(W_EXITCODE(3, 0));
  CHECK(failed == exit_status::exited(3));
  CHECK(!failed.success());
  CHECK(failed.code() == 3);
  CHECK(failed.signal() == 0);
  CHECK(failed.to_string() == "exit code 3");
}

TEST_CASE("a signal, with a core or without") {
  const exit_status killed = exit_status::from_wait(W_EXITCODE(0, SIGKILL));
  CHECK(killed == exit_status::killed(SIGKILL));
  CHECK(!killed.success());
  CHECK(killed.code() == -1);
  CHECK(killed.signal() == SIGKILL);
  CHECK(killed.to_string() == "killed by SIGKILL");
  const exit_status dumped = exit_status::from_wait(W_EXITCODE(0, SIGSEGV) | WCOREFLAG);
  CHECK(dumped.core_dumped());
  CHECK(dumped.to_string() == "killed by SIGSEGV (core dumped)");
  CHECK(exit_status::killed(SIGRTMIN + 1).to_string().starts_with("killed by signal "));
}

TEST_CASE("an end of which nothing is known is neither good nor bad") {
  const exit_status unknown;
  CHECK(!unknown.is_known());
  CHECK(!unknown.success());
  CHECK(unknown.code() == -1);
  CHECK(unknown.signal() == 0);
}
