// SPDX-License-Identifier: MIT
// What does a deadline cost: a million timers armed and taken back, a hundred thousand tasks that
// sleep at once?
#include <tridem/runtime/detail/intrusive_list.hpp>
#include <tridem/runtime/detail/timer_wheel.hpp>
#include <tridem/runtime/event_loop.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/run.hpp>
#include <tridem/runtime/sleep.hpp>

#include <benchmark/benchmark.h>

#include <chrono>
#include <cstddef>
#include <vector>

namespace {

using namespace std::chrono_literals;

constexpr std::size_t timers = 1'000'000;
constexpr std::size_t sleepers = 100'000;

// Up to an hour ahead, in an order that jumps about.
tridem::duration span_of(std::size_t number) {
  return std::chrono::microseconds(number * 7'919 % 3'600'000'000);
}

struct floor_tag;
struct floor_node : tridem::detail::list_hook<floor_tag> {
  tridem::time_point deadline;
};

/// Every node is linked and unlinked: what no timer can do without.
void run_floor_timers(benchmark::State& state) {
  std::vector<floor_node> nodes(timers);
  tridem::detail::intrusive_list<floor_node, floor_tag> armed;
  for (auto _ : state) {
    for (std::size_t i = 0; i < timers; ++i) {
      nodes[i].deadline = tridem::time_point{} + span_of(i);
      armed.push_back(nodes[i]);
    }
    for (floor_node& one : nodes) armed.erase(one);
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(timers));
}

struct silent final : tridem::detail::timer_node {
  void fire() noexcept override {}
};

tridem::task<> tridem_timers(benchmark::State& state) {
  tridem::event_loop& loop = tridem::event_loop::current();
  std::vector<silent> nodes(timers);
  for (auto _ : state) {
    const tridem::time_point start = loop.now() + 1s;
    for (std::size_t i = 0; i < timers; ++i) loop.add_timer(nodes[i], start + span_of(i));
    for (silent& one : nodes) loop.remove_timer(one);
  }
  co_return;
}
void run_tridem_timers(benchmark::State& state) {
  tridem::run(tridem_timers(state));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(timers));
}

tridem::task<> sleep_once(tridem::duration span) {
  co_await tridem::sleep(span);
}

/// CPU time counts: how long they sleep does not.
tridem::task<> tridem_sleepers(benchmark::State& state) {
  for (auto _ : state) {
    std::vector<tridem::task<>> crowd;
    crowd.reserve(sleepers);
    for (std::size_t i = 0; i < sleepers; ++i) {
      crowd.push_back(sleep_once(1ms + std::chrono::microseconds(i * 7'919 % 10'000)));
    }
    co_await tridem::gather(std::move(crowd));
  }
}
void run_tridem_sleepers(benchmark::State& state) {
  tridem::run(tridem_sleepers(state));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(sleepers));
}

BENCHMARK(run_floor_timers)->Name("floor/timer armed and cancelled, 1000000 at once");
BENCHMARK(run_tridem_timers)->Name("tridem/timer armed and cancelled, 1000000 at once");
BENCHMARK(run_tridem_sleepers)->Name("tridem/sleep, 100000 tasks at once");

}  // namespace

BENCHMARK_MAIN();
