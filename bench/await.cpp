// SPDX-License-Identifier: MIT
// What does it cost to create a task and await it: a leaf, and a chain of 1000 levels?
#include "bench/support/floor.hpp"

#include <tridem/runtime/run.hpp>
#include <tridem/runtime/task.hpp>

#include <benchmark/benchmark.h>

namespace {

constexpr int levels = 1000;

// Opaque, so that no compiler can do without the frame: what a call across files costs.
[[gnu::noinline]] bare::task<int> floor_leaf(int value) {
  co_return value;
}
[[gnu::noinline]] tridem::task<int> tridem_leaf(int value) {
  co_return value;
}

bare::task<> floor_leaves(benchmark::State& state) {
  int value = 0;
  for (auto _ : state) value += co_await floor_leaf(value);
  benchmark::DoNotOptimize(value);
}
tridem::task<> tridem_leaves(benchmark::State& state) {
  int value = 0;
  for (auto _ : state) value += co_await tridem_leaf(value);
  benchmark::DoNotOptimize(value);
}

[[gnu::noinline]] bare::task<int> floor_level(int below) {
  if (below == 0) co_return 0;
  const int value = co_await floor_level(below - 1);
  co_return value + 1;
}
[[gnu::noinline]] tridem::task<int> tridem_level(int below) {
  if (below == 0) co_return 0;
  const int value = co_await tridem_level(below - 1);
  co_return value + 1;
}

bare::task<> floor_chains(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(co_await floor_level(levels - 1));
}
tridem::task<> tridem_chains(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(co_await tridem_level(levels - 1));
}

void run_floor_leaves(benchmark::State& state) {
  bare::run(floor_leaves(state));
  state.SetItemsProcessed(state.iterations());
}
void run_tridem_leaves(benchmark::State& state) {
  tridem::run(tridem_leaves(state));
  state.SetItemsProcessed(state.iterations());
}
void run_floor_chains(benchmark::State& state) {
  bare::run(floor_chains(state));
  state.SetItemsProcessed(state.iterations() * levels);
}
void run_tridem_chains(benchmark::State& state) {
  tridem::run(tridem_chains(state));
  state.SetItemsProcessed(state.iterations() * levels);
}

BENCHMARK(run_floor_leaves)->Name("floor/create + await a leaf");
BENCHMARK(run_tridem_leaves)->Name("tridem/create + await a leaf");
BENCHMARK(run_floor_chains)->Name("floor/chain of 1000, per level");
BENCHMARK(run_tridem_chains)->Name("tridem/chain of 1000, per level");

}  // namespace

BENCHMARK_MAIN();
