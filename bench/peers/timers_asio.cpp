// SPDX-License-Identifier: MIT
// The questions of timers.cpp, asked of Boost.Asio's steady_timer.
#include <benchmark/benchmark.h>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr std::size_t timers = 1'000'000;
constexpr std::size_t sleepers = 100'000;

std::chrono::microseconds span_of(std::size_t number) {
  return std::chrono::microseconds(number * 7'919 % 3'600'000'000);
}

void run_timers(benchmark::State& state) {
  asio::io_context context(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE);
  std::vector<asio::steady_timer> all;
  all.reserve(timers);
  for (std::size_t i = 0; i < timers; ++i) all.emplace_back(context);
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now() + 1s;
    for (std::size_t i = 0; i < timers; ++i) {
      all[i].expires_at(start + span_of(i));
      all[i].async_wait([](boost::system::error_code) {});
    }
    for (asio::steady_timer& one : all) one.cancel();
    context.poll();
    context.restart();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(timers));
}

asio::awaitable<void> sleep_once(asio::io_context& context, std::chrono::microseconds span) {
  asio::steady_timer timer(context, span);
  co_await timer.async_wait(asio::use_awaitable);
}

void run_sleepers(benchmark::State& state) {
  asio::io_context context(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE);
  for (auto _ : state) {
    for (std::size_t i = 0; i < sleepers; ++i) {
      const auto span = 1000us + std::chrono::microseconds(i * 7'919 % 10'000);
      asio::co_spawn(context, sleep_once(context, span), asio::detached);
    }
    context.run();
    context.restart();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(sleepers));
}

BENCHMARK(run_timers)->Name("asio/timer armed and cancelled, 1000000 at once");
BENCHMARK(run_sleepers)->Name("asio/sleep, 100000 tasks at once");

}  // namespace

BENCHMARK_MAIN();
