// SPDX-License-Identifier: MIT
// A small table under a lock: it is looked at only when something seems to be wrong.
#include "runtime/debug/loop_registry.hpp"

#include <tridem/runtime/assert.hpp>
#include <tridem/runtime/detail/debug_checks.hpp>

#include <map>
#include <mutex>
#include <pthread.h>
#include <utility>

namespace tridem::detail {

constinit std::atomic<int> loops_in_debug_mode{0};

namespace {

struct registry {
  std::mutex mutex;
  std::uint32_t last_serial = 0;
  std::map<std::uint32_t, std::string> threads;
};

// Never destroyed: a program may exit while loops run.
registry& all_loops() {
  static registry& only = *new registry;
  return only;
}

constinit thread_local std::uint32_t serial_of_this_thread = 0;

}  // namespace

std::uint32_t enter_debug_mode(std::string thread_name) {
  registry& all = all_loops();
  std::lock_guard lock(all.mutex);
  serial_of_this_thread = ++all.last_serial;
  all.threads.emplace(serial_of_this_thread, std::move(thread_name));
  loops_in_debug_mode.fetch_add(1, std::memory_order_relaxed);
  return serial_of_this_thread;
}

void leave_debug_mode(std::uint32_t serial) noexcept {
  registry& all = all_loops();
  std::lock_guard lock(all.mutex);
  all.threads.erase(serial);
  serial_of_this_thread = 0;
  loops_in_debug_mode.fetch_sub(1, std::memory_order_relaxed);
}

std::uint32_t debugged_loop_of_this_thread() noexcept {
  return serial_of_this_thread;
}

std::optional<std::string> thread_of_debugged_loop(std::uint32_t serial) {
  registry& all = all_loops();
  std::lock_guard lock(all.mutex);
  const auto found = all.threads.find(serial);
  if (found == all.threads.end()) return std::nullopt;
  return found->second;
}

void thread_home::check_slowly(const char* what) noexcept {
  const std::uint32_t here = debugged_loop_of_this_thread();
  if (serial_ == here) return;
  if (serial_ != 0) {
    if (const std::optional<std::string> home = thread_of_debugged_loop(serial_)) {
      char name[16] = "?";
      ::pthread_getname_np(::pthread_self(), name, sizeof name);
      const std::string text = std::string(what) + " from thread '" + name +
                               "', but it is used on the loop of thread '" + *home +
                               "'; use call_soon_threadsafe from other threads";
      misuse(text.c_str(), __FILE__, __LINE__);
    }
  }
  serial_ = here;
}

}  // namespace tridem::detail
