// SPDX-License-Identifier: MIT
// The life of a spawned task: scheduled, ended, watched, forgotten.
#include <tridem/runtime/cancellation.hpp>
#include <tridem/runtime/detail/task_control.hpp>
#include <tridem/runtime/exception.hpp>

#include <cstdio>

namespace tridem::detail {

namespace {

task_record& as_task(const strand& line) noexcept {
  return static_cast<task_control_base&>(const_cast<strand&>(line));
}

}  // namespace

task_record& strand::record() const noexcept {
  const strand* line = this;
  while (!line->is_task) line = line->awaited_by()->line;
  return as_task(*line);
}

void task_control_base::start(event_loop& home, scope_node& around) {
  home.check_thread("a task was created");
  loop = &home;
  id = home.next_task_id();
  if (home.running != nullptr) {
    spawned_by_id = home.running->record().id;
    if (home.running->context != nullptr) [[unlikely]]
      context = share_context(home.running->context);
  }
  attach(around, *this);
  scope = this;
  add_reference();
  home.ready.push_back(*this);
}

// The frame is still being left when this is called: the loop collects it when it is back.
std::coroutine_handle<> task_control_base::finished() noexcept {
  loop->ended = this;
  return std::noop_coroutine();
}

void task_control_base::run() noexcept {
  failed_ = collect();
  done_ = true;
  if (failed_) [[unlikely]]
    was_cancelled_ = is_cancelled_exception(error());
  scope = nullptr;
  scope_node& around = *parent();
  detach();
  while (!watchers.empty()) watchers.pop_front().task_ended();
  if (around.which() == kind::group) static_cast<group_scope&>(around).owner.child_ended(*this);
  drop_reference();
}

task_control_base* task_control_base::task_of(const scope_node& scope) noexcept {
  if (scope.which() != kind::task) return nullptr;
  return static_cast<task_control_base*>(const_cast<scope_node*>(&scope));
}

std::exception_ptr task_control_base::never_began() noexcept {
  try {
    throw_cancelled();
  } catch (const cancelled&) {
    return std::current_exception();
  }
}

void task_control_base::forget() noexcept {
  if (failed_ && !retrieved_ && !was_cancelled_) [[unlikely]] {
    try {
      std::fprintf(stderr, "tridem: task '%s' failed and nobody retrieved its error: %s\n",
                   shown_name().c_str(), try_format_exception(error()).c_str());
    } catch (...) {
      std::fputs("tridem: a task failed, and nobody retrieved its error (no memory)\n", stderr);
    }
  }
  delete this;
}

}  // namespace tridem::detail
