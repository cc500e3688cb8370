// SPDX-License-Identifier: MIT
// The task's name, and its async stack.
#include "runtime/debug/strand_text.hpp"

#include <tridem/runtime/detail/async_stack.hpp>
#include <tridem/runtime/detail/task_control.hpp>
#include <tridem/runtime/exception.hpp>

namespace tridem::detail {

std::string text_of(const strand& line, const char* what) {
  const task_record& task = line.record();
  const async_stack places = capture_stack(*line.leaf());
  std::string text = "task '" + task.shown_name() + "' (#" + std::to_string(task.id) + ") " + what;
  const std::string stack = format_stack(places);
  return stack.empty() ? text : text + "\n" + stack;
}

}  // namespace tridem::detail
