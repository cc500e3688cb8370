// SPDX-License-Identifier: MIT
// The questions of timers.cpp, asked of libuv: callbacks, a heap of timers.
#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <uv.h>
#include <vector>

namespace {

constexpr std::size_t timers = 1'000'000;
constexpr std::size_t sleepers = 100'000;

// libuv counts milliseconds.
std::uint64_t span_of(std::size_t number) {
  return 1000 + number * 7'919 % 3'600'000'000 / 1000;
}

void ignore(::uv_timer_t*) {}

class loop {
 public:
  loop() { ::uv_loop_init(&loop_); }
  loop(const loop&) = delete;
  loop& operator=(const loop&) = delete;
  ~loop() { ::uv_loop_close(&loop_); }
  ::uv_loop_t* get() noexcept { return &loop_; }

 private:
  ::uv_loop_t loop_{};
};

void run_timers(benchmark::State& state) {
  loop home;
  std::vector<::uv_timer_t> all(timers);
  for (::uv_timer_t& one : all) ::uv_timer_init(home.get(), &one);
  for (auto _ : state) {
    for (std::size_t i = 0; i < timers; ++i) ::uv_timer_start(&all[i], ignore, span_of(i), 0);
    for (::uv_timer_t& one : all) ::uv_timer_stop(&one);
  }
  for (::uv_timer_t& one : all) ::uv_close(reinterpret_cast<::uv_handle_t*>(&one), nullptr);
  ::uv_run(home.get(), UV_RUN_DEFAULT);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(timers));
}

void run_sleepers(benchmark::State& state) {
  loop home;
  for (auto _ : state) {
    std::vector<::uv_timer_t> crowd(sleepers);
    ::uv_update_time(home.get());
    for (std::size_t i = 0; i < sleepers; ++i) {
      ::uv_timer_init(home.get(), &crowd[i]);
      ::uv_timer_start(
          &crowd[i],
          [](::uv_timer_t* one) { ::uv_close(reinterpret_cast<::uv_handle_t*>(one), nullptr); },
          1 + i * 7'919 % 10'000 / 1000, 0);
    }
    ::uv_run(home.get(), UV_RUN_DEFAULT);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(sleepers));
}

BENCHMARK(run_timers)->Name("libuv/timer armed and cancelled, 1000000 at once");
BENCHMARK(run_sleepers)->Name("libuv/sleep, 100000 tasks at once");

}  // namespace

BENCHMARK_MAIN();
