// SPDX-License-Identifier: MIT
// What does a child of gather cost, its creation included: with 10, 1000, 100,000 of them?
#include "bench/support/floor.hpp"

#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/run.hpp>
#include <tridem/runtime/task.hpp>

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

namespace {

[[gnu::noinline]] bare::counted floor_child(int value) {
  co_return value;
}
[[gnu::noinline]] tridem::task<int> tridem_child(int value) {
  co_return value;
}

bare::task<> floor_gathers(benchmark::State& state) {
  const auto count = static_cast<int>(state.range(0));
  for (auto _ : state) {
    std::vector<bare::counted> children;
    children.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) children.push_back(floor_child(i));
    benchmark::DoNotOptimize(co_await bare::all(children, bare::all::how::in_place));
  }
}
tridem::task<> tridem_gathers(benchmark::State& state) {
  const auto count = static_cast<int>(state.range(0));
  for (auto _ : state) {
    std::vector<tridem::task<int>> children;
    children.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) children.push_back(tridem_child(i));
    std::vector<int> values = co_await tridem::gather(std::move(children));
    benchmark::DoNotOptimize(values.data());
  }
}

void run_floor_gathers(benchmark::State& state) {
  bare::run(floor_gathers(state));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
void run_tridem_gathers(benchmark::State& state) {
  tridem::run(tridem_gathers(state));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

BENCHMARK(run_floor_gathers)->Name("floor/gather, per child")->Arg(10)->Arg(1000)->Arg(100'000);
BENCHMARK(run_tridem_gathers)->Name("tridem/gather, per child")->Arg(10)->Arg(1000)->Arg(100'000);

}  // namespace

BENCHMARK_MAIN();
