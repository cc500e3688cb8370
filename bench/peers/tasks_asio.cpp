// SPDX-License-Identifier: MIT
// The questions of await.cpp, yield.cpp, gather.cpp, spawn.cpp, asked of Boost.Asio's awaitables.
#include <benchmark/benchmark.h>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <vector>

namespace {

namespace asio = boost::asio;
using asio::awaitable;
using asio::use_awaitable;
constexpr int levels = 1000;
constexpr int yielding_tasks = 1000;
constexpr int yields_of_each = 100;

// One thread: the hint lets Asio do without its locks.
void run(awaitable<void> body) {
  asio::io_context context(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE);
  asio::co_spawn(context, std::move(body), asio::detached);
  context.run();
}

[[gnu::noinline]] awaitable<int> leaf(int value) {
  co_return value;
}
awaitable<void> leaves(benchmark::State& state) {
  int value = 0;
  for (auto _ : state) value += co_await leaf(value);
  benchmark::DoNotOptimize(value);
}

[[gnu::noinline]] awaitable<int> level(int below) {
  if (below == 0) co_return 0;
  const int value = co_await level(below - 1);
  co_return value + 1;
}
awaitable<void> chains(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(co_await level(levels - 1));
}

awaitable<void> yield_alone(benchmark::State& state) {
  for (auto _ : state) co_await asio::post(use_awaitable);
}

awaitable<void> yield_often() {
  for (int i = 0; i < yields_of_each; ++i) co_await asio::post(use_awaitable);
}

void run_leaves(benchmark::State& state) {
  run(leaves(state));
  state.SetItemsProcessed(state.iterations());
}
void run_chains(benchmark::State& state) {
  run(chains(state));
  state.SetItemsProcessed(state.iterations() * levels);
}
void run_yield_alone(benchmark::State& state) {
  run(yield_alone(state));
  state.SetItemsProcessed(state.iterations());
}
void run_yield_crowd(benchmark::State& state) {
  asio::io_context context(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE);
  for (auto _ : state) {
    for (int i = 0; i < yielding_tasks; ++i) asio::co_spawn(context, yield_often(), asio::detached);
    context.run();
    context.restart();
  }
  state.SetItemsProcessed(state.iterations() * yielding_tasks * yields_of_each);
}

// The group that Asio offers for "all of them"; its children are spawned coroutines.
awaitable<void> gathers(benchmark::State& state) {
  const auto executor = co_await asio::this_coro::executor;
  const auto count = static_cast<int>(state.range(0));
  for (auto _ : state) {
    using operation = decltype(asio::co_spawn(executor, leaf(0), asio::experimental::deferred));
    std::vector<operation> children;
    children.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
      children.push_back(asio::co_spawn(executor, leaf(i), asio::experimental::deferred));
    }
    auto group = asio::experimental::make_parallel_group(std::move(children));
    auto [order, errors, values] =
        co_await group.async_wait(asio::experimental::wait_for_all(), use_awaitable);
    benchmark::DoNotOptimize(values.data());
  }
}
void run_gathers(benchmark::State& state) {
  run(gathers(state));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

// Joining by the end of run() is the least that Asio can do.
awaitable<void> child() {
  co_return;
}
void run_spawns(benchmark::State& state) {
  asio::io_context context(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE);
  for (auto _ : state) {
    for (std::int64_t i = 0; i < state.range(0); ++i) {
      asio::co_spawn(context, child(), asio::detached);
    }
    context.run();
    context.restart();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

BENCHMARK(run_leaves)->Name("asio/create + await a leaf");
BENCHMARK(run_chains)->Name("asio/chain of 1000, per level");
BENCHMARK(run_yield_alone)->Name("asio/yield, 1 task");
BENCHMARK(run_yield_crowd)->Name("asio/yield, 1000 tasks");
BENCHMARK(run_gathers)->Name("asio/gather, per child")->Arg(10)->Arg(1000)->Arg(100'000);
BENCHMARK(run_spawns)->Name("asio/spawn + join, per task")->Arg(1000);
// So many that a span holds few rounds: a fixed number, so that cold ones weigh the same for all.
BENCHMARK(run_spawns)->Name("asio/spawn + join, per task")->Arg(1'000'000)->Iterations(3);

}  // namespace

BENCHMARK_MAIN();
