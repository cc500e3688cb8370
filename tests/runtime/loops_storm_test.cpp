// SPDX-License-Identifier: MIT
// Four loops that push work at each other from all sides, cancel half of it and end while it goes
// on: every item and every answer arrives once, and no wake-up is lost (a loop that sleeps through
// one would hang here).
#include <tridem/runtime/concurrent_queue.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/event_loop.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/race.hpp>
#include <tridem/runtime/run_coroutine_threadsafe.hpp>
#include <tridem/runtime/run_on_each.hpp>
#include <tridem/runtime/sleep.hpp>

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <future>
#include <latch>
#include <memory>
#include <random>
#include <thread>
#include <vector>

namespace tridem {
namespace {

constexpr std::size_t loops = 4;

struct storm {
  concurrent_queue<std::unique_ptr<int>> items{3};
  std::atomic<int> put = 0;
  std::atomic<int> got = 0;
  std::atomic<int> cut = 0;
  std::atomic<std::size_t> producing = loops;
};

task<> give_up_after(unsigned yields) {
  for (; yields > 0; --yields) co_await yield();
}

task<> produce(storm& all, std::size_t self) {
  std::minstd_rand random(static_cast<unsigned>(self) + 1);
  for (int i = 0; i < 1500; ++i) {
    auto put = all.items.put(std::make_unique<int>(i));
    if (random() % 4 != 0) {
      const bool is_put = co_await std::move(put);
      all.put += is_put ? 1 : 0;
      continue;
    }
    auto both = co_await race_settled(std::move(put), give_up_after(random() % 3));
    const bool is_put = std::get<0>(both).value_or(false);
    all.put += is_put ? 1 : 0;
    all.cut += is_put ? 0 : 1;
  }
  if (--all.producing == 0) all.items.close();
}

task<> consume(storm& all, std::size_t self) {
  std::minstd_rand random(static_cast<unsigned>(self) + 100);
  for (bool is_open = true; is_open;) {
    if (random() % 2 == 0) {
      const auto item = co_await all.items.get();
      is_open = item.has_value();
      all.got += is_open ? 1 : 0;
      continue;
    }
    auto first = co_await race(all.items.get(), give_up_after(random() % 3));
    if (first.index() == 1) {
      ++all.cut;
      continue;
    }
    is_open = std::get<0>(first).has_value();
    all.got += is_open ? 1 : 0;
  }
}

TEST_CASE("items cross between loops while half of the waits are given up") {
  storm all;
  auto serve = [&](std::size_t index) -> task<> {
    co_await gather(produce(all, index), consume(all, index), consume(all, index + loops));
  };
  run_on_each({.loops = loops}, serve);
  while (all.items.try_get()) ++all.got;
  CHECK(all.put == all.got);
  CHECK(all.put > 1000);
  CHECK(all.cut > 100);
}

task<int> number_after_yields(int number) {
  co_await give_up_after(static_cast<unsigned>(number) % 3);
  co_return number;
}

TEST_CASE("loops and threads hand each other coroutines and calls, and each is answered once") {
  std::array<std::atomic<event_loop*>, loops> all{};
  std::latch here(loops);
  std::latch done(2 * loops);
  std::atomic<int> calls = 0;
  std::atomic<long> answers = 0;
  constexpr int rounds = 300;
  // Beside each loop a thread that talks to all loops.
  auto talk = [&](std::size_t self) {
    here.wait();
    for (int i = 0; i < rounds; ++i) {
      event_loop& to = *all[(self + static_cast<std::size_t>(i)) % loops];
      to.call_soon_threadsafe([&] { ++calls; });
      answers += run_coroutine_threadsafe(to, number_after_yields(i)).get();
    }
    done.count_down();
  };
  auto serve = [&](std::size_t index) -> task<> {
    all[index] = &event_loop::current();
    here.count_down();
    std::thread other(talk, index);
    while (!here.try_wait()) co_await yield();
    for (int i = 0; i < rounds; ++i) {
      all[(index + 1) % loops].load()->call_soon_threadsafe([&] { ++calls; });
      if (i % 16 == 0) co_await yield();
    }
    done.count_down();
    while (!done.try_wait()) co_await sleep(std::chrono::milliseconds(1));
    other.join();
  };
  run_on_each({.loops = loops}, serve);
  CHECK(calls == 2 * static_cast<int>(loops) * rounds);
  CHECK(answers == static_cast<long>(loops) * rounds * (rounds - 1) / 2);
}

TEST_CASE("a loop that ends answers what was handed over in its last moments, one way or other") {
  for (int round = 0; round < 20; ++round) {
    std::atomic<event_loop*> shared = nullptr;
    std::atomic<bool> is_over = false;
    std::vector<std::future<int>> answers;
    auto serve = [&](std::size_t index) -> task<> {
      if (index == 0) {
        shared = &event_loop::current();
        while (!is_over) co_await yield();
        co_return;
      }
      while (shared == nullptr) co_await yield();
      for (int i = 0; i < 20; ++i) {
        answers.push_back(run_coroutine_threadsafe(*shared.load(), number_after_yields(i)));
      }
      is_over = true;
    };
    run_on_each({.loops = 2}, serve);
    int values = 0;
    int cancellations = 0;
    for (std::future<int>& answer : answers) {
      try {
        values += answer.get() >= 0 ? 1 : 0;
      } catch (const task_cancelled&) {
        ++cancellations;
      }
    }
    CHECK(values + cancellations == 20);
  }
}

}  // namespace
}  // namespace tridem
