// SPDX-License-Identifier: MIT
// What does it cost to give way to others: one task alone, and each of 1000?
#include "bench/support/floor.hpp"

#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/run.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/task.hpp>

#include <benchmark/benchmark.h>

#include <vector>

namespace {

constexpr int tasks = 1000;
constexpr int yields_of_each = 100;

bare::task<> floor_alone(benchmark::State& state) {
  for (auto _ : state) co_await bare::yield();
}
tridem::task<> tridem_alone(benchmark::State& state) {
  for (auto _ : state) co_await tridem::yield();
}

bare::counted floor_yielder(int times) {
  for (int i = 0; i < times; ++i) co_await bare::yield();
  co_return 0;
}
tridem::task<> tridem_yielder(int times) {
  for (int i = 0; i < times; ++i) co_await tridem::yield();
}

bare::task<> floor_crowd(benchmark::State& state) {
  std::vector<bare::counted> crowd(tasks);
  for (auto _ : state) {
    for (bare::counted& one : crowd) one = floor_yielder(yields_of_each);
    benchmark::DoNotOptimize(co_await bare::all(crowd, bare::all::how::in_place));
  }
}
tridem::task<> tridem_crowd(benchmark::State& state) {
  for (auto _ : state) {
    std::vector<tridem::task<>> crowd;
    crowd.reserve(tasks);
    for (int i = 0; i < tasks; ++i) crowd.push_back(tridem_yielder(yields_of_each));
    co_await tridem::gather(std::move(crowd));
  }
}

void run_floor_alone(benchmark::State& state) {
  bare::run(floor_alone(state));
  state.SetItemsProcessed(state.iterations());
}
void run_tridem_alone(benchmark::State& state) {
  tridem::run(tridem_alone(state));
  state.SetItemsProcessed(state.iterations());
}
void run_floor_crowd(benchmark::State& state) {
  bare::run(floor_crowd(state));
  state.SetItemsProcessed(state.iterations() * tasks * yields_of_each);
}
void run_tridem_crowd(benchmark::State& state) {
  tridem::run(tridem_crowd(state));
  state.SetItemsProcessed(state.iterations() * tasks * yields_of_each);
}

BENCHMARK(run_floor_alone)->Name("floor/yield, 1 task");
BENCHMARK(run_tridem_alone)->Name("tridem/yield, 1 task");
BENCHMARK(run_floor_crowd)->Name("floor/yield, 1000 tasks");
BENCHMARK(run_tridem_crowd)->Name("tridem/yield, 1000 tasks");

}  // namespace

BENCHMARK_MAIN();
