// SPDX-License-Identifier: MIT
// The library's own exceptions, and what exceptions carry here: an async stack and notes.
#pragma once

#include <tridem/runtime/async_stack.hpp>

#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

namespace tridem {

/// Thrown when a task is awaited that was cancelled: for the awaiter that is a failure like any
/// other.
class task_cancelled : public std::runtime_error {
 public:
  explicit task_cancelled(const std::string& task_name)
      : std::runtime_error("task '" + task_name + "' was cancelled before it had a result") {}
};

/// Thrown by `wait_for` and `wait_until` when their own deadline cut the wait.
class timeout_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Attaches `text` to the exception being handled (`add_note(error, text)`: to that one); shown by
/// `format_exception`.
///
/// Notes and stacks are kept beside the exception, for the last 64 exceptions of each thread.
/// Threads: the thread that handles the exception. Does nothing outside a handler.
void add_note(std::string text);
void add_note(const std::exception_ptr& error, std::string text);

/// The notes of `error`, oldest first.
[[nodiscard]] std::vector<std::string> notes(const std::exception_ptr& error);

/// The async stack with which `error` escaped its first frame, up to the creation of the task;
/// before it, where it was thrown on a thread or in a worker process. Empty when none is known.
[[nodiscard]] async_stack stack_of(const std::exception_ptr& error);

/// Type, text, async stack and notes of `error`, over several lines without a final line break.
[[nodiscard]] std::string format_exception(const std::exception_ptr& error);

namespace detail {

/// True when `error` is `tridem::cancelled`.
[[nodiscard]] bool is_cancelled_exception(const std::exception_ptr& error) noexcept;

/// Makes `other` a note of `error`, "<what>: <text of other>"; without memory for it the error has
/// to do without.
void note_beside(const std::exception_ptr& error, const char* what,
                 const std::exception_ptr& other) noexcept;

/// Prints an error that nobody will ever hear of otherwise: "tridem: <what>: <error>".
void report_unheard(const char* what, const std::exception_ptr& error) noexcept;

/// `format_exception` where nothing may be thrown: shorter when there is no memory for it.
[[nodiscard]] std::string try_format_exception(const std::exception_ptr& error) noexcept;

/// "std::runtime_error: text", without stack and notes.
[[nodiscard]] std::string describe_exception(const std::exception_ptr& error);

}  // namespace detail
}  // namespace tridem
