// SPDX-License-Identifier: MIT
// Answers about the running task, from the strand that the loop resumes at this moment.
#include <tridem/runtime/cancellation.hpp>
#include <tridem/runtime/detail/async_stack.hpp>
#include <tridem/runtime/detail/task_control.hpp>
#include <tridem/runtime/event_loop.hpp>
#include <tridem/runtime/this_task.hpp>

#include <utility>

namespace tridem::this_task {
namespace {

detail::strand* running() noexcept {
  detail::loop_core* loop = detail::loop_core::current();
  return loop == nullptr ? nullptr : loop->running;
}

detail::task_record* record() noexcept {
  detail::strand* line = running();
  return line == nullptr ? nullptr : &line->record();
}

}  // namespace

const std::string& name() noexcept {
  static const std::string none;
  const detail::task_record* task = record();
  return task == nullptr ? none : task->shown_name();
}

void set_name(std::string name) {
  if (detail::task_record* task = record()) task->origin.set_name(std::move(name));
}

std::uint64_t id() noexcept {
  const detail::task_record* task = record();
  return task == nullptr ? 0 : task->id;
}

bool cancel_requested() noexcept {
  const detail::strand* line = running();
  return line != nullptr && line->scope->is_cancelled();
}

async_stack stack(std::source_location here) {
  const detail::strand* line = running();
  if (line == nullptr || line->leaf() == nullptr) return {};
  async_stack places = detail::capture_stack(*line->leaf());
  places.front() = here;  // the frame that runs has not got to its next await
  return places;
}

}  // namespace tridem::this_task
