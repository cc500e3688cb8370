// SPDX-License-Identifier: MIT
// Shows: the same five waits one after the other, in threads, in processes and as tasks, with times
// and pids.
#include <tridem/tridem.hpp>

#include <chrono>
#include <iomanip>
#include <iostream>
#include <set>
#include <string>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

constexpr int jobs = 5;
constexpr auto takes = 200ms;

/// What a job says of itself.
int wait_in_kernel() {
  std::this_thread::sleep_for(takes);
  return ::getpid();
}
tridem::task<int> wait_in_loop() {
  co_await tridem::sleep(takes);
  co_return ::getpid();
}

void print_row(const std::string& way, tridem::time_point begin, const std::vector<int>& pids) {
  const auto spent = std::chrono::duration<double>(tridem::clock::now() - begin).count();
  const std::set<int> different(pids.begin(), pids.end());
  std::cout << std::left << std::setw(12) << way << std::right << std::fixed << std::setprecision(2)
            << std::setw(6) << spent << " s " << std::setw(3) << different.size() << " pids:";
  for (const int pid : different) std::cout << ' ' << pid;
  std::cout << '\n';
}

tridem::task<> async_main() {
  std::cout << "this process is " << ::getpid() << '\n';
  auto begin = tridem::clock::now();
  std::vector<int> pids;
  for (int i = 0; i < jobs; ++i) pids.push_back(wait_in_kernel());
  print_row("sequential", begin, pids);

  begin = tridem::clock::now();
  {
    tridem::thread_pool pool{{.threads = jobs}};
    std::vector<tridem::task_handle<int>> calls;
    for (int i = 0; i < jobs; ++i)
      calls.push_back(tridem::create_task(pool.submit(&wait_in_kernel)));
    pids = co_await tridem::gather(std::move(calls));
  }
  print_row("threads", begin, pids);

  begin = tridem::clock::now();
  {
    std::vector<tridem::process> running;
    for (int i = 0; i < jobs; ++i) running.push_back(tridem::process::start<&wait_in_kernel>());
    pids.clear();
    for (const auto& each : running) pids.push_back(co_await each.join<int>());
  }
  print_row("processes", begin, pids);

  begin = tridem::clock::now();
  std::vector<tridem::task<int>> waits;
  for (int i = 0; i < jobs; ++i) waits.push_back(wait_in_loop());
  pids = co_await tridem::gather(std::move(waits));
  print_row("async", begin, pids);
}

int main() {
  tridem::run(async_main());
}
