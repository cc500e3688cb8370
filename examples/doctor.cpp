// SPDX-License-Identifier: MIT
// doctor: what tridem finds on this machine, what it chose, and why. Ends with 1 if something of it
// does not work here.
#include <tridem/tridem.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using tridem::finding;
using verdict = tridem::finding::verdict;

namespace {

int twice(int number) {
  return 2 * number;
}

/// The text of what went wrong, in one line.
finding failure(std::string subject, const std::exception& error, std::string consequence) {
  return {verdict::wrong, std::move(subject), error.what(), std::move(consequence), ""};
}

tridem::task<finding> try_subprocess() {
  try {
    tridem::subprocess child = co_await tridem::subprocess::exec({"true"});
    const tridem::exit_status status = co_await child.wait();
    co_return finding{verdict::good, "subprocess", "'true' ended with " + status.to_string(),
                      "other programs can be run", ""};
  } catch (const std::exception& error) {
    co_return failure("subprocess", error, "other programs cannot be run");
  }
}

tridem::task<finding> try_threads() {
  try {
    const int four = co_await tridem::to_thread(twice, 2);
    co_return finding{four == 4 ? verdict::good : verdict::wrong, "threads",
                      "a call was made by a thread", "blocking calls leave the loop free", ""};
  } catch (const std::exception& error) {
    co_return failure("threads", error, "to_thread does not work");
  }
}

/// The truest question about /proc, memfds, seals, futexes and the wrapped main: does it work?
tridem::task<finding> try_worker() {
  try {
    tridem::process_pool pool{{.workers = 1}};
    const auto start = std::chrono::steady_clock::now();
    const int four = co_await tridem::wait_for(pool.submit<&twice>(2), 10s);
    const auto spent = std::chrono::steady_clock::now() - start;
    co_await pool.shutdown();
    const auto count = std::chrono::duration_cast<std::chrono::microseconds>(spent).count();
    co_return finding{four == 4 ? verdict::good : verdict::wrong, "worker process",
                      "started and called within " + std::to_string(count) + " us",
                      "process pools work", ""};
  } catch (const std::exception& error) {
    co_return failure("worker process", error, "process pools do not work");
  }
}

tridem::task<std::vector<finding>> try_all() {
  std::vector<finding> all;
  all.push_back(co_await try_threads());
  all.push_back(co_await try_subprocess());
  all.push_back(co_await try_worker());
  co_return all;
}

}  // namespace

int main() {
  std::vector<finding> all = tridem::diagnose();
  try {
    for (finding& tried : tridem::run(try_all())) all.push_back(std::move(tried));
  } catch (const std::exception& error) {
    all.push_back(failure("event loop", error, "nothing runs"));
  }
  for (const finding& each : all) std::puts(to_string(each).c_str());
  const auto wrong = std::ranges::count(all, verdict::wrong, &finding::how);
  if (wrong != 0) {
    std::printf("%td of %zu findings are wrong.\n", wrong, all.size());
    return 1;
  }
  std::puts("All of tridem works here.");
}
