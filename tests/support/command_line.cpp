// SPDX-License-Identifier: MIT
// The arguments of the test program.
#include "tests/support/command_line.hpp"

#include <cstdlib>
#include <string_view>
#include <vector>

namespace tridem::test::command_line {

namespace {

std::vector<std::string>& arguments() {
  static std::vector<std::string> all;
  return all;
}

}  // namespace

void remember(int argc, char** argv) {
  arguments().assign(argv, argv + argc);
}

std::string value_of(const char* option, const char* variable) {
  const std::string start = std::string("--") + option + "=";
  for (const std::string& one : arguments()) {
    if (std::string_view(one).starts_with(start)) return one.substr(start.size());
  }
  const char* from_environment = std::getenv(variable);
  return from_environment == nullptr ? "" : from_environment;
}

std::uint64_t number_of(const char* option, const char* variable, std::uint64_t otherwise) {
  const std::string asked = value_of(option, variable);
  return asked.empty() ? otherwise : std::strtoull(asked.c_str(), nullptr, 10);
}

seeds seeds_to_play(std::uint64_t count) {
  if (const std::string one = value_of("seed", "TRIDEM_SEED"); !one.empty()) {
    const std::uint64_t seed = std::strtoull(one.c_str(), nullptr, 10);
    return {seed, seed, true};
  }
  return {1, number_of("seeds", "TRIDEM_SEEDS", count), false};
}

std::string replay_command(const char* test_case, std::uint64_t seed) {
  return arguments().front() + " --test-case='" + test_case + "' --seed=" + std::to_string(seed);
}

}  // namespace tridem::test::command_line
