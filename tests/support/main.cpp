// SPDX-License-Identifier: MIT
// The main of every test program: runs the tests that the filters select, under the leak check.
// TRIDEM_TEST_SIGNALS=<n> has n signals a second interrupt them.
#define DOCTEST_CONFIG_IMPLEMENT
#include "tests/support/command_line.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/signal_storm.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <thread>

int main(int argc, char** argv) {
  // The first thread of a process makes its C library, and a sanitizer, set up things that stay.
  std::thread([] {}).join();
  tridem::test::leak_check::install();
  tridem::test::command_line::remember(argc, argv);

  std::optional<tridem::test::signal_storm> storm;
  if (const char* rate = std::getenv("TRIDEM_TEST_SIGNALS")) storm.emplace(std::atol(rate));

  doctest::Context context(argc, argv);
  const int result = context.run();
  if (context.shouldExit()) return result;
  if (tridem::test::leak_check::cases_run() == 0) {
    std::fputs("No test case matches the filters: was a file renamed?\n", stderr);
    return 1;
  }
  if (const int leaks = tridem::test::leak_check::cases_with_leaks(); leaks != 0) {
    std::fprintf(stderr, "FAILED: %d test case(s) left something behind, named above.\n", leaks);
    return 1;
  }
  return result;
}
