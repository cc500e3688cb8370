// SPDX-License-Identifier: MIT
// Makes texts of plain data, long after the signal handler that has collected it.
#include "runtime/debug/stall_report.hpp"

#include <tridem/runtime/detail/async_stack.hpp>
#include <tridem/runtime/detail/symbols.hpp>
#include <tridem/runtime/exception.hpp>

#include <algorithm>
#include <cstdio>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace tridem::detail {
namespace {

std::string span_text(duration span) {
  const double milliseconds = std::chrono::duration<double, std::milli>(span).count();
  char text[32];
  if (milliseconds < 1000) {
    std::snprintf(text, sizeof text, "%.0f ms", milliseconds);
  } else {
    std::snprintf(text, sizeof text, "%.1f s", milliseconds / 1000);
  }
  return text;
}

std::string task_text(const stall_sample& sample) {
  const std::string id = std::to_string(sample.task_id);
  const std::string name = sample.task_name[0] != '\0' ? sample.task_name : "task-" + id;
  return "task '" + name + "' (#" + id + ")";
}

// Outside a task the functions of the library on the stack tell which kind of callback it is in.
std::string callback_text(const stall_sample& sample) {
  constexpr std::pair<std::string_view, const char*> kinds[] = {
      {"tridem::detail::soon_callback<", "a callback given to call_soon"},
      {"tridem::detail::posted_callback<", "a callback given to call_soon_threadsafe"},
      {"tridem::detail::timed_callback<", "a callback given to call_later or call_at"},
  };
  for (const void* call : sample.native_stack()) {
    const std::string function = symbol_at(call).function;
    for (const auto& [part, text] : kinds) {
      if (function.find(part) != std::string::npos) return text;
    }
  }
  return "a callback, or the loop itself,";
}

// Parts of every program that its author has not written: the standard library, a sanitizer's
// stand-ins for system calls, and this library.
bool is_of_a_library(std::string_view function) noexcept {
  // Templates are shown with their result in front: "void std::sort<...>(...)".
  const std::string_view head = function.substr(0, function.find_first_of("(<"));
  const std::size_t blank = head.rfind(' ');
  const std::string_view name = blank == head.npos ? head : head.substr(blank + 1);
  for (const std::string_view part : {"std::", "__", "tridem::detail::", "tridem::event_loop::"}) {
    if (name.starts_with(part)) return true;
  }
  return false;
}

// The innermost function that belongs to the program itself: the one that its author would look
// for.
std::string function_at_fault(const stall_sample& sample) {
  char program[512];
  const ssize_t length = ::readlink("/proc/self/exe", program, sizeof program);
  const std::string_view own(program, static_cast<std::size_t>(std::max<ssize_t>(length, 0)));
  for (const void* call : sample.native_stack()) {
    const code_symbol symbol = symbol_at(call);
    if (symbol.object != own || symbol.function.empty()) continue;
    if (!is_of_a_library(symbol.function)) return symbol.function;
  }
  return {};
}

std::string await_lines(const stall_sample& sample) {
  async_stack places;
  for (const stall_sample::frame& one : sample.async_stack()) {
    places.push_back(one.where.line() != 0 ? stack_place(one.where)
                                           : stack_place::in_code(one.function));
  }
  if (sample.in_task) places.push_back(creation_place(sample.created, sample.task_name));
  const std::string lines = format_stack(places);
  if (lines.empty()) return {};
  return "  async stack, the last await of the running function first:\n" + lines + "\n";
}

}  // namespace

std::string stall_text(const stall& what) {
  const stall_sample* sample = what.sample;
  std::string who = "something that could not be asked";
  if (sample != nullptr) who = sample->in_task ? task_text(*sample) : callback_text(*sample);
  const std::string doing =
      what.blocked_in.empty() ? " computes" : " is blocked in " + what.blocked_in;

  std::string text = "tridem: the loop on thread '" + what.thread_name + "' has ";
  text += what.told_before ? "still not come round, after " : "not come round for ";
  text += span_text(what.lasted) + ": " + who + doing;
  if (sample == nullptr) {
    return text +
           "\n  no stack: the thread did not answer SIGURG (blocked, handled by others, or "
           "in a system call that nothing interrupts)\n";
  }
  if (const std::string function = function_at_fault(*sample); !function.empty()) {
    text += (what.blocked_in.empty() ? " in " : ", called by ") + function;
  }
  text += "\n" + await_lines(*sample);
  text += "  native stack:\n" + format_native_stack(sample->native_stack()) + "\n";
  text +=
      "  Everything else on this loop waits meanwhile. Move the call to a thread (co_await "
      "tridem::to_thread(f))\n  or into a worker process (process_pool), or co_await "
      "tridem::yield() in a long computation.\n";
  return text;
}

std::string end_of_stall_text(const std::string& thread_name, duration lasted) {
  return "tridem: the loop on thread '" + thread_name + "' goes on, after " + span_text(lasted) +
         "\n";
}

bool report_budget::allows(time_point now) noexcept {
  const auto earned = static_cast<int>(
      std::min<duration::rep>((now - refilled_) / refill, reports_at_once - left_));
  left_ += earned;
  refilled_ = left_ == reports_at_once ? now : refilled_ + earned * refill;
  if (left_ == 0) {
    ++held_back_;
    return false;
  }
  --left_;
  return true;
}

int report_budget::take_held_back() noexcept {
  return std::exchange(held_back_, 0);
}

}  // namespace tridem::detail
