// SPDX-License-Identifier: MIT
// Tasks that were made and thrown away: nothing of what they say has happened.
#include "runtime/debug/unawaited.hpp"

#include "runtime/debug/strand_text.hpp"

#include <tridem/runtime/detail/debug_checks.hpp>
#include <tridem/runtime/detail/loop_core.hpp>
#include <tridem/runtime/detail/scope_node.hpp>
#include <tridem/runtime/detail/symbols.hpp>

#include <cstdio>
#include <cstring>
#include <exception>
#include <map>
#include <mutex>
#include <string>

namespace tridem::detail {
namespace {

struct dropped_tasks {
  std::mutex mutex;
  std::map<const void*, std::size_t> count_by_function;
};

dropped_tasks& all_dropped() {
  static dropped_tasks& only = *new dropped_tasks;
  return only;
}

// True for the first one of its function.
bool count_dropped(const void* function) {
  dropped_tasks& all = all_dropped();
  std::lock_guard lock(all.mutex);
  return ++all.count_by_function[function] == 1;
}

// What an exception or a cancellation leaves undone was not forgotten.
bool is_on_the_way_out() noexcept {
  if (std::uncaught_exceptions() > 0) return true;
  const loop_core* loop = loop_core::current();
  return loop != nullptr && loop->running != nullptr && loop->running->scope != nullptr &&
         loop->running->scope->is_cancelled();
}

void note_unawaited(const void* frame) {
  const void* function = nullptr;  // the first word of a frame: where it would be resumed
  std::memcpy(&function, frame, sizeof function);
  if (!count_dropped(function)) return;
  std::string text =
      "tridem: a task was destroyed that was never awaited, so nothing of it has "
      "run: " +
      function_at(function) + "; co_await it, or hand it to create_task, gather or a group";
  const loop_core* loop = loop_core::current();
  if (loop != nullptr && loop->running != nullptr) {
    text += "\n  dropped in " + text_of(*loop->running, "after:");
  }
  std::fprintf(stderr, "%s\n", text.c_str());
}

}  // namespace

void drop_unawaited(std::coroutine_handle<> frame) noexcept {
  if (debug_mode() && !is_on_the_way_out()) note_unawaited(frame.address());
  frame.destroy();
}

void tell_repeated_unawaited() {
  dropped_tasks& all = all_dropped();
  std::lock_guard lock(all.mutex);
  for (const auto& [function, count] : all.count_by_function) {
    if (count == 1) continue;
    std::fprintf(stderr, "tridem: %zu tasks were destroyed that were never awaited: %s\n", count,
                 function_at(function).c_str());
  }
  all.count_by_function.clear();
}

}  // namespace tridem::detail
