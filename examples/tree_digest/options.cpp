// SPDX-License-Identifier: MIT
// The command line, read by CLI11.
#include "tree_digest/options.hpp"

#include <CLI/CLI.hpp>

#include <map>

namespace tree_digest {

const char* name_of(executor which) noexcept {
  switch (which) {
    case executor::processes:
      return "processes";
    case executor::threads:
      return "threads";
    case executor::loop:
      return "loop";
  }
  return "?";
}

parsed parse(int argc, char** argv) {
  options chosen;
  CLI::App app{
      "Prints the SHA-256 of every regular file below a directory, as sha256sum does, sorted by "
      "path.\n"
      "Check with: sha256sum --check",
      "tree_digest"};
  app.add_option("directory", chosen.directory, "Where to begin; the current directory if absent");
  const std::map<std::string, executor> executors{
      {"processes", executor::processes}, {"threads", executor::threads}, {"loop", executor::loop}};
  app.add_option("--executor", chosen.hash_on, "Where to hash: processes, threads, loop")
      ->transform(CLI::CheckedTransformer(executors))
      ->default_str("processes");
  app.add_option("--workers", chosen.workers, "Processes or threads (default: one for each CPU)")
      ->check(CLI::Range(1, 256));
  app.add_option("--in-flight", chosen.in_flight,
                 "Batches of files read or hashed at once (default: four for each worker)")
      ->check(CLI::Range(1, 1024));
  const std::map<std::string, tridem::driver_choice> drivers{
      {"automatic", tridem::driver_choice::automatic},
      {"uring", tridem::driver_choice::uring},
      {"asio", tridem::driver_choice::asio}};
  app.add_option("--driver", chosen.driver, "What does the I/O: automatic, uring, asio")
      ->transform(CLI::CheckedTransformer(drivers))
      ->default_str("automatic");
  app.add_flag("--quiet", chosen.quiet, "Neither progress nor summary");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& wrong) {
    constexpr int usage_error = 2;
    return {std::nullopt, app.exit(wrong) == 0 ? 0 : usage_error};
  }
  return {chosen, 0};
}

}  // namespace tree_digest
