// SPDX-License-Identifier: MIT
// How a task group reacts to its children and what it says at the end.
#include <tridem/runtime/exception.hpp>
#include <tridem/runtime/exception_group.hpp>
#include <tridem/runtime/task_group.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <iterator>
#include <new>

namespace tridem {

task_group::task_group(detail::strand& line) noexcept : line_(line) {}

task_group::~task_group() {
  TRIDEM_ASSERT(
      running_ == 0,
      "a task group was destroyed with children that run; await with_task_group to its end");
}

void task_group::open() noexcept {
  children_scope_.attach(scope_, line_);
  is_open_ = true;
}

void task_group::close() noexcept {
  is_open_ = false;
  children_scope_.detach();
}

void task_group::body_failed(std::exception_ptr error) noexcept {
  if (detail::is_cancelled_exception(error)) {
    cut_short_ = std::move(error);
  } else {
    add_error(std::move(error));
  }
  scope_.cancel();
}

void task_group::child_ended(detail::task_control_base& child) noexcept {
  if (child.was_cancelled()) {
    // A child that was cancelled alone, by its handle or by cancel(), is no matter of the group.
    if (scope_.is_cancelled()) cut_short_ = child.error();
  } else if (child.failed() && told_ == nullptr) {
    add_error(child.retrieve_error());
    scope_.cancel();
  }
  if (told_ != nullptr) told_->child_ended(child);
  --running_;
  if (running_ == 0 && waiting_ != nullptr) std::exchange(waiting_, nullptr)->complete();
}

// Whoever awaits a child's handle throws what the child threw, soon after it: one error, not two.
// Only the last few are looked at, so that many errors stay cheap.
void task_group::add_error(std::exception_ptr error) noexcept {
  constexpr std::ptrdiff_t looked_at = 16;
  const auto first = errors_.end() - std::min<std::ptrdiff_t>(std::ssize(errors_), looked_at);
  if (std::find(first, errors_.end(), error) != errors_.end()) return;
  try {
    errors_.push_back(std::move(error));
  } catch (const std::bad_alloc&) {
    has_lost_errors_ = true;
  }
}

void task_group::conclude() {
  if (has_lost_errors_) throw std::bad_alloc();
  if (!errors_.empty()) throw exception_group("task group failed", std::move(errors_));
  if (cut_short_ != nullptr) std::rethrow_exception(cut_short_);
}

void task_group::all_ended::describe(char* out, std::size_t size) const noexcept {
  std::snprintf(out, size, "task group, %zu children left", group_.running_);
}

}  // namespace tridem
