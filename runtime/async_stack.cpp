// SPDX-License-Identifier: MIT
// What the places of a stack say, and how they are read off the frames.
#include <tridem/runtime/async_stack.hpp>
#include <tridem/runtime/detail/async_stack.hpp>
#include <tridem/runtime/detail/function_name.hpp>
#include <tridem/runtime/detail/promise.hpp>
#include <tridem/runtime/detail/symbols.hpp>
#include <tridem/runtime/detail/task_control.hpp>

#include <cstddef>
#include <utility>

namespace tridem {
namespace {

std::uintptr_t number_of(const void* code) noexcept {
  return reinterpret_cast<std::uintptr_t>(code);
}

}  // namespace

stack_place::stack_place(kind what, std::uintptr_t code, std::string text) noexcept
    : code_(code), text_(std::move(text)), kind_(what) {}

stack_place stack_place::in_code(const void* code) {
  return {kind::function, number_of(code), {}};
}

stack_place stack_place::created(std::source_location where, std::string name) {
  stack_place place(kind::creation, 0, std::move(name));
  place.where_ = where;
  return place;
}

stack_place stack_place::created_in_code(const void* code, std::string name) {
  return {kind::creation, number_of(code), std::move(name)};
}

stack_place stack_place::in_job_code(const void* code) {
  return {kind::job, number_of(code), {}};
}

stack_place stack_place::in_job(std::string function) {
  return {kind::job, 0, std::move(function)};
}

stack_place stack_place::in_worker(int pid, std::string function) {
  stack_place place(kind::remote, 0, std::move(function));
  place.pid_ = pid;
  return place;
}

stack_place stack_place::in_worker(int pid, std::string object, std::uintptr_t offset) {
  stack_place place(kind::remote, offset, std::move(object));
  place.pid_ = pid;
  return place;
}

std::string stack_place::function_name() const {
  if (where_.line() != 0) return detail::readable_function(where_.function_name());
  if (code_ == 0) return kind_ == kind::creation ? std::string() : text_;
  return detail::readable_function(kind_ == kind::remote
                                       ? detail::function_in_object(text_, code_)
                                       : detail::function_at(reinterpret_cast<const void*>(code_)));
}

std::string stack_place::to_string() const {
  std::string text = function_name();
  if ((kind_ == kind::job || kind_ == kind::remote) && code_ != 0 && detail::is_plumbing(text)) {
    return {};
  }
  if (line() != 0) {
    if (std::string known = detail::library_name(text, file_name()); !known.empty()) {
      // These only carry what was given to another function into a task.
      const bool says_nothing = known == "tridem::awaitable" || known == "tridem::create_task";
      if (says_nothing && kind_ == kind::await) return {};
      text = std::move(known);
    }
    text += " (" + std::string(file_name()) + ":" + std::to_string(line()) + ")";
  }
  switch (kind_) {
    case kind::await:
    case kind::function:
      return text.empty() ? text : "at " + text;
    case kind::creation:
      if (!text.empty()) text = (text_.empty() ? "created in " : ", created in ") + text;
      return text_.empty() ? text : "in task '" + text_ + "'" + text;
    case kind::job:
      return "on a thread: " + text;
    case kind::remote:
      return "in worker " + std::to_string(pid_) + ": " + text;
  }
  return text;
}

std::string format_stack(const async_stack& stack) {
  std::string text;
  for (const stack_place& place : stack) {
    const std::string line = place.to_string();
    if (!line.empty()) text += (text.empty() ? "    " : "\n    ") + line;
  }
  return text;
}

namespace detail {

namespace {

// Both compilers begin a frame with the functions that resume and destroy it.
struct frame_head {
  const void* resume;
  const void* destroy;
};

}  // namespace

stack_place function_of_frame(const void* frame) {
  const auto* head = static_cast<const frame_head*>(frame);
  // g++ clears the first when an exception leaves the body. It is preferred, because clang may make
  // one function of the ends of many.
  return stack_place::in_code(head->resume != nullptr ? head->resume : head->destroy);
}

namespace {

constexpr std::size_t frames_max = 256;

stack_place place_of(const promise_base& frame) {
  return frame.where.line() != 0 ? stack_place(frame.where)
                                 : function_of_frame(frame.frame().address());
}

}  // namespace

async_stack capture_strand(const strand& line) {
  async_stack stack;
  for (const promise_base* at = line.leaf(); at != nullptr && stack.size() < frames_max;
       at = at->parent()) {
    stack.push_back(place_of(*at));
  }
  return stack;
}

async_stack capture_stack(const promise_base& innermost) {
  async_stack stack;
  for (const promise_base* at = &innermost; at != nullptr && stack.size() < frames_max;
       at = at->outer()) {
    stack.push_back(place_of(*at));
  }
  const task_record& task = innermost.line->record();
  stack.push_back(creation_place(task.origin.place(), task.shown_name()));
  return stack;
}

stack_place creation_place(call_site where, std::string name) {
  return where.is_code() ? stack_place::created_in_code(where.code(), std::move(name))
                         : stack_place::created(where.where(), std::move(name));
}

[[gnu::noinline]] const void* calling_code() noexcept {
  return __builtin_extract_return_addr(__builtin_return_address(0));
}

}  // namespace detail
}  // namespace tridem
