// SPDX-License-Identifier: MIT
// What does it cost to spawn a task and join it: 1000 at a time, and a million at once?
#include "bench/support/floor.hpp"

#include <tridem/runtime/run.hpp>
#include <tridem/runtime/task.hpp>
#include <tridem/runtime/task_group.hpp>

#include <benchmark/benchmark.h>

#include <vector>

namespace {

[[gnu::noinline]] bare::counted floor_child(int value) {
  co_return value;
}
[[gnu::noinline]] tridem::task<> tridem_child() {
  co_return;
}

bare::task<> floor_spawns(benchmark::State& state) {
  const auto count = static_cast<int>(state.range(0));
  for (auto _ : state) {
    std::vector<bare::counted> children;
    children.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) children.push_back(floor_child(i));
    benchmark::DoNotOptimize(co_await bare::all(children, bare::all::how::queued));
  }
}

tridem::task<> spawn_into(tridem::task_group& group, int count) {
  for (int i = 0; i < count; ++i) group.create_task(tridem_child());
  co_return;
}
tridem::task<> tridem_spawns(benchmark::State& state) {
  const auto count = static_cast<int>(state.range(0));
  for (auto _ : state) {
    auto body = [count](tridem::task_group& group) { return spawn_into(group, count); };
    co_await tridem::with_task_group(body);
  }
}

void run_floor_spawns(benchmark::State& state) {
  bare::run(floor_spawns(state));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
void run_tridem_spawns(benchmark::State& state) {
  tridem::run(tridem_spawns(state));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

BENCHMARK(run_floor_spawns)->Name("floor/spawn + join, per task")->Arg(1000);
// So many that a span holds few rounds: a fixed number, so that cold ones weigh the same for all.
BENCHMARK(run_floor_spawns)->Name("floor/spawn + join, per task")->Arg(1'000'000)->Iterations(3);
BENCHMARK(run_tridem_spawns)->Name("tridem/spawn + join, per task")->Arg(1000);
// So many that a span holds few rounds: a fixed number, so that cold ones weigh the same for all.
BENCHMARK(run_tridem_spawns)->Name("tridem/spawn + join, per task")->Arg(1'000'000)->Iterations(3);

}  // namespace

BENCHMARK_MAIN();
