// SPDX-License-Identifier: MIT
// The floor of a call into another thread or process: two single-producer single-consumer rings in
// shared memory, both sides spinning on a core of their own. No sleep, no codec, no errors.
#include "bench/support/windows.hpp"

#include <array>
#include <atomic>
#include <csignal>
#include <cstdint>
#include <new>
#include <sched.h>
#include <string_view>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace {

constexpr std::uint32_t slots = 1024;
constexpr int stop = -1;

// The indices stand a cache line apart, so that no side writes where the other one writes.
struct ring {
  alignas(64) std::atomic<std::uint32_t> head{0};
  alignas(64) std::atomic<std::uint32_t> tail{0};
  alignas(64) std::array<int, slots> values{};

  void push(int value) noexcept {
    const std::uint32_t at = tail.load(std::memory_order_relaxed);
    values[at % slots] = value;
    tail.store(at + 1, std::memory_order_release);
  }
  int pop() noexcept {
    const std::uint32_t at = head.load(std::memory_order_relaxed);
    while (tail.load(std::memory_order_acquire) == at) __builtin_ia32_pause();
    const int value = values[at % slots];
    head.store(at + 1, std::memory_order_release);
    return value;
  }
};

struct channel {
  ring requests;
  ring answers;
};

void pin(int cpu) {
  ::cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  ::sched_setaffinity(0, sizeof set, &set);
}

void serve(channel& c) {
  pin(1);
  for (;;) {
    const int value = c.requests.pop();
    if (value == stop) return;
    c.answers.push(value + 1);
  }
}

void call(channel& c, const char* subject, const char* kind) {
  pin(0);
  for (const int window : bench::windows) {
    bench::call_clock clock;
    for (int i = 0; i < window; ++i) c.requests.push(i);
    while (clock.goes_on()) c.requests.push(c.answers.pop() % 1000);
    for (int i = 1; i < window; ++i) c.answers.pop();
    clock.report(subject, kind, window);
  }
  c.requests.push(stop);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view kind = argc == 2 ? argv[1] : "";
  void* place = ::mmap(nullptr, sizeof(channel), PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  if (place == MAP_FAILED) return 1;
  channel& c = *::new (place) channel;
  if (kind == "thread") {
    std::thread other([&c] { serve(c); });
    call(c, "floor, spinning", "call into a thread");
    other.join();
  } else if (kind == "process") {
    const ::pid_t child = ::fork();
    if (child < 0) return 1;
    if (child == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      serve(c);
      ::_exit(0);
    }
    call(c, "floor, spinning", "call into a process");
    ::waitpid(child, nullptr, 0);
  } else {
    std::fprintf(stderr, "usage: calls_floor thread|process\n");
    return 1;
  }
}
