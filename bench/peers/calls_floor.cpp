// SPDX-License-Identifier: MIT
// The floor of a call into another thread or process: two single-producer single-consumer rings in
// shared memory, both sides spinning on a core of their own. No sleep, no codec, no errors.
//
// In the rings sixteen calls share a cache line. A call of a real library has a frame, which goes
// to the other core and back: that floor, for threads, are two stacks through which nodes of one
// line are handed.
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
#include <vector>

namespace {

constexpr std::uint32_t slots = 16'384;  // more than calls under way
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
  std::atomic<bool> is_served{false};
};

/// A call that has a place of its own in memory.
struct alignas(64) node {
  node* next = nullptr;
  int value = 0;
};

/// Many may push; one takes all that has come.
class stack {
 public:
  void push(node& one) noexcept {
    node* head = head_.load(std::memory_order_relaxed);
    do one.next = head;
    while (!head_.compare_exchange_weak(head, &one, std::memory_order_release));
  }
  node* take_all() noexcept {
    while (head_.load(std::memory_order_relaxed) == nullptr) __builtin_ia32_pause();
    return head_.exchange(nullptr, std::memory_order_acquire);
  }

 private:
  alignas(64) std::atomic<node*> head_{nullptr};
};

struct node_channel {
  stack requests;
  stack answers;
  std::atomic<bool> is_served{false};
};

void pin(int cpu) {
  ::cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  ::sched_setaffinity(0, sizeof set, &set);
}

/// Until the other side spins on its own CPU, this one must not: under a real-time policy it would
/// never let the other begin.
void wait_for(const std::atomic<bool>& is_served) {
  while (!is_served) ::sched_yield();
}

void serve(channel& c) {
  pin(1);
  c.is_served = true;
  for (;;) {
    const int value = c.requests.pop();
    if (value == stop) return;
    c.answers.push(value + 1);
  }
}

void call(channel& c, const char* subject, const char* kind) {
  wait_for(c.is_served);
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

void serve_nodes(node_channel& c) {
  pin(1);
  c.is_served = true;
  for (;;) {
    for (node* one = c.requests.take_all(); one != nullptr;) {
      node* after = one->next;
      if (one->value == stop) return;
      ++one->value;
      c.answers.push(*one);
      one = after;
    }
  }
}

void call_with_nodes(node_channel& c, const char* subject, const char* kind) {
  wait_for(c.is_served);
  pin(0);
  for (const int window : bench::windows) {
    bench::call_clock clock;
    std::vector<node> nodes(static_cast<std::size_t>(window));
    for (node& one : nodes) c.requests.push(one);
    // What comes back when the time is over is not sent again.
    for (int under_way = window; under_way != 0;) {
      for (node* one = c.answers.take_all(); one != nullptr;) {
        node* after = one->next;
        one->value %= 1000;
        if (clock.goes_on()) {
          c.requests.push(*one);
        } else {
          --under_way;
        }
        one = after;
      }
    }
    clock.report(subject, kind, window);
  }
  static node last{.next = nullptr, .value = stop};
  c.requests.push(last);
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
    node_channel nodes;
    std::thread with_nodes([&nodes] { serve_nodes(nodes); });
    call_with_nodes(nodes, "floor, a node each", "call into a thread");
    with_nodes.join();
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
