// SPDX-License-Identifier: MIT
// A doctest listener that takes a census before and after each test case.
#include "tests/support/leak_check.hpp"

#include "tests/support/census.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

namespace tridem::test::leak_check {

namespace {

int run = 0;
int leaking = 0;

class listener final : public doctest::IReporter {
 public:
  explicit listener(const doctest::ContextOptions&) {}

  void test_case_start(const doctest::TestCaseData& which) override {
    ++run;
    name_ = which.m_name;
    before_ = census::take();
  }

  void test_case_end(const doctest::CurrentTestCaseStats&) override {
    // The kernel ends threads, processes and rings in its own time; an honest exit settles quickly.
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    std::vector<std::string> difference = census::difference(before_, census::take());
    while (!difference.empty() && std::chrono::steady_clock::now() < patience) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      difference = census::difference(before_, census::take());
    }
    if (difference.empty()) return;
    ++leaking;
    std::fprintf(stderr, "LEAK in test case \"%s\":\n", name_.c_str());
    for (const std::string& line : difference) std::fprintf(stderr, "  %s\n", line.c_str());
  }

  void report_query(const doctest::QueryData&) override {}
  void test_run_start() override {}
  void test_run_end(const doctest::TestRunStats&) override {}
  void test_case_reenter(const doctest::TestCaseData&) override {}
  void test_case_exception(const doctest::TestCaseException&) override {}
  void subcase_start(const doctest::SubcaseSignature&) override {}
  void subcase_end() override {}
  void log_assert(const doctest::AssertData&) override {}
  void log_message(const doctest::MessageData&) override {}
  void test_case_skipped(const doctest::TestCaseData&) override {}

 private:
  std::string name_;
  census before_;
};

}  // namespace

void install() {
  census::mark_descendants();
  doctest::registerReporter<listener>("leak_check", 0, false);
}

int cases_run() noexcept {
  return run;
}
int cases_with_leaks() noexcept {
  return leaking;
}

}  // namespace tridem::test::leak_check
