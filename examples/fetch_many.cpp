// SPDX-License-Identifier: MIT
// Shows: many URLs at once, a bounded number at a time, each with a limit of time and further
// attempts; a line for each in the order given, as soon as it and those before it are there.
//
//   fetch_many [--parallel 16] [--timeout seconds] [--attempts 3] [--ca file] [--file list] url...
//
// Exit codes: 0; 1 when an URL could not be fetched; 2 for a wrong command line; 130 after Ctrl-C.
#include "fetch_many/fetch.hpp"

#include <tridem/tridem.hpp>

#include <CLI/CLI.hpp>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

using tridem::task;

namespace fetch_many {
namespace {

struct options {
  std::vector<std::string> urls;
  std::size_t parallel = 16;
  std::string authority;
  patience granted;
};

struct totals {
  std::size_t good = 0;
  std::size_t bad = 0;
  std::size_t bytes = 0;
};

double in_seconds(tridem::duration span) {
  return std::chrono::duration<double>(span).count();
}

void print(const outcome& one) {
  if (one.error.empty()) {
    std::printf("%u %9zu bytes %8.3f s  %s\n", one.got.status, one.got.size, in_seconds(one.took),
                one.url.c_str());
  } else {
    std::printf("FAILED after %.3f s  %s: %s\n", in_seconds(one.took), one.url.c_str(),
                one.error.c_str());
  }
}

// One fetch for each URL, begun when `buffered` asks for it. Those that are cut off end after the
// stream, so that each holds what it needs.
tridem::async_generator<task<outcome>> all_fetches(const options& chosen,
                                                   std::shared_ptr<const trust> believed) {
  for (const std::string& url : chosen.urls) {
    task<outcome> next = fetch(url, believed, chosen.granted);
    co_yield std::move(next);
  }
}

task<totals> fetch_all(const options& chosen) {
  totals sum;
  auto believed = std::make_shared<const trust>(chosen.authority);
  auto outcomes = all_fetches(chosen, believed) | tridem::buffered(chosen.parallel);
  for (;;) {
    const outcome* one = co_await outcomes.next();
    if (one == nullptr) co_return sum;
    print(*one);
    one->error.empty() ? ++sum.good : ++sum.bad;
    sum.bytes += one->got.size;
  }
}

task<int> async_main(options chosen) {
  const tridem::event_loop& loop = tridem::event_loop::current();
  const tridem::time_point begin = loop.fresh_now();
  tridem::signal_set signals{SIGINT, SIGTERM};
  auto ended = co_await tridem::race(fetch_all(chosen), signals.wait());
  if (ended.index() == 1) co_return 128 + std::get<1>(ended);
  const totals& sum = std::get<0>(ended);
  std::printf("%zu fetched, %zu failed, %zu bytes in %.3f s\n", sum.good, sum.bad, sum.bytes,
              in_seconds(loop.fresh_now() - begin));
  co_return sum.bad == 0 ? 0 : 1;
}

// One URL a line; empty lines and those that begin with # are skipped.
bool read_list(const std::string& path, std::vector<std::string>& urls) {
  std::ifstream file;
  if (path != "-") file.open(path);
  std::istream& list = path == "-" ? std::cin : file;
  for (std::string line; std::getline(list, line);) {
    if (!line.empty() && line.front() != '#') urls.push_back(std::move(line));
  }
  return list.eof() && !list.bad();
}

// The exit code, when there is nothing to do.
std::optional<int> parse(int argc, char** argv, options& chosen) {
  CLI::App app{"Fetches URLs, many at a time, and says in their order what came of each.",
               "fetch_many"};
  std::string list;
  double seconds = in_seconds(chosen.granted.limit);
  app.add_option("url", chosen.urls, "http:// or https://");
  app.add_option("--file", list, "A file with one URL a line; - is the standard input");
  app.add_option("--parallel", chosen.parallel, "How many at a time")->check(CLI::Range(1, 10000));
  app.add_option("--timeout", seconds, "Seconds for one attempt")->check(CLI::Range(0.001, 3600.0));
  app.add_option("--attempts", chosen.granted.attempts, "Attempts for each URL")
      ->check(CLI::Range(1, 100));
  app.add_option("--ca", chosen.authority, "Certificates to believe besides those of the system");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& wrong) {
    return app.exit(wrong) == 0 ? 0 : 2;
  }
  chosen.granted.limit =
      std::chrono::duration_cast<tridem::duration>(std::chrono::duration<double>(seconds));
  if (!list.empty() && !read_list(list, chosen.urls)) {
    std::fprintf(stderr, "fetch_many: %s cannot be read\n", list.c_str());
    return 2;
  }
  if (chosen.urls.empty()) {
    std::fputs("fetch_many: no URL; see --help\n", stderr);
    return 2;
  }
  return std::nullopt;
}

}  // namespace
}  // namespace fetch_many

int main(int argc, char** argv) {
  fetch_many::options chosen;
  if (const std::optional<int> code = fetch_many::parse(argc, argv, chosen)) return *code;
  // Each line is seen when it is printed.
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  try {
    return tridem::run(fetch_many::async_main(std::move(chosen)));
  } catch (const std::exception& failed) {
    std::fprintf(stderr, "fetch_many: %s\n", failed.what());
    return 1;
  }
}
