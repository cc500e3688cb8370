// SPDX-License-Identifier: MIT
// How many bytes does a suspended task hold? Many wait for one event; the growth of the resident
// size is divided by their number. Allocators round up, so this is what a service really pays.
#include "bench/support/figure.hpp"
#include "bench/support/floor.hpp"
#include "bench/support/resident.hpp"

#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/event.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/run.hpp>
#include <tridem/runtime/sleep.hpp>

#include <string_view>
#include <vector>

namespace {

constexpr int tasks = 200'000;

constexpr const char* spawned = "memory of a spawned task that waits";
constexpr const char* gathered = "memory of a gathered task that waits";

void report(const char* subject, const char* question, double before) {
  bench::report({.subject = subject,
                 .question = question,
                 .unit = "B",
                 .value = (bench::resident_bytes() - before) / tasks});
}

bare::counted floor_waiter(bare::event& e) {
  co_await e;
  co_return 0;
}
bare::task<> floor_setter(bare::event& e, double before) {
  // The least code knows only one way.
  report("floor", spawned, before);
  report("floor", gathered, before);
  e.set();
  co_return;
}
void measure_floor() {
  const double before = bench::resident_bytes();
  bare::event e;
  std::size_t left = tasks;
  for (int i = 0; i < tasks; ++i) {
    const bare::counted child = floor_waiter(e);
    child.frame.promise().left = &left;
    child.frame.resume();
  }
  bare::run(floor_setter(e, before));
}

tridem::task<> tridem_waiter(tridem::event& e, int& waiting) {
  ++waiting;
  co_await e.wait();
}
tridem::task<> measure_spawned() {
  const double before = bench::resident_bytes();
  tridem::event e;
  int waiting = 0;
  for (int i = 0; i < tasks; ++i) tridem::create_task(tridem_waiter(e, waiting));
  while (waiting != tasks) co_await tridem::yield();
  report("tridem", spawned, before);
  e.set();
}

tridem::task<> set_when_all_wait(tridem::event& e, int& waiting, double before) {
  while (waiting != tasks) co_await tridem::yield();
  report("tridem", gathered, before);
  e.set();
}
tridem::task<> measure_gathered() {
  const double before = bench::resident_bytes();
  tridem::event e;
  int waiting = 0;
  std::vector<tridem::task<>> children;
  children.reserve(tasks + 1);
  for (int i = 0; i < tasks; ++i) children.push_back(tridem_waiter(e, waiting));
  children.push_back(set_when_all_wait(e, waiting, before));
  co_await tridem::gather(std::move(children));
}

}  // namespace

// One way at a time, because what one has freed another could use again.
int main(int argc, char** argv) {
  const std::string_view subject = argc == 2 ? argv[1] : "";
  if (subject == "floor") {
    measure_floor();
  } else if (subject == "spawned") {
    tridem::run(measure_spawned());
  } else if (subject == "gathered") {
    tridem::run(measure_gathered());
  } else {
    std::fprintf(stderr, "usage: task_memory floor|spawned|gathered\n");
    return 1;
  }
}
