// SPDX-License-Identifier: MIT
// The texts of the pool's errors name the call, what happened and what to do.
#include <tridem/pool/errors.hpp>

#include <doctest/doctest.h>

#include <csignal>
#include <string>

TEST_CASE("errors: worker_crashed names signal, exit code and last words") {
  const tridem::worker_crashed killed("resize(int)", 12, SIGSEGV, 0, "boom");
  CHECK(std::string(killed.what()) ==
        "worker process 12 was killed by signal 11 (SIGSEGV) while it ran resize(int); its last "
        "words were:\nboom");
  CHECK(killed.signal() == SIGSEGV);
  CHECK(killed.last_stderr() == "boom");
  const tridem::worker_crashed left("resize(int)", 12, 0, 3, "");
  CHECK(std::string(left.what()) ==
        "worker process 12 left with exit code 3 while it ran resize(int)");
  CHECK(left.exit_code() == 3);
  CHECK(left.pid() == 12);
}

TEST_CASE("errors: poison_task counts the deaths") {
  const tridem::worker_crashed last("f", 12, SIGKILL, 0, "");
  const tridem::poison_task poison("f", last, 3, "1, 2, 3");
  CHECK(poison.deaths() == 3);
  CHECK(poison.signal() == SIGKILL);
  CHECK(std::string(poison.what()).find("tried 3 times") != std::string::npos);
}

TEST_CASE("errors: the others carry their figures") {
  CHECK(std::string(tridem::worker_timeout("f", 7, 0.25).what()) ==
        "f did not end within its deadline of 0.25 s; worker process 7 was told to stop");
  CHECK(tridem::message_too_large("f", 10, 5).limit() == 5);
  CHECK(tridem::message_too_large("f", 10, 5).size() == 10);
  CHECK(tridem::remote_error("T", "m", 3).pid() == 3);
}
