// SPDX-License-Identifier: MIT
// How a request to stop spreads through scopes to the waits inside.
#include <tridem/runtime/assert.hpp>
#include <tridem/runtime/cancellation.hpp>
#include <tridem/runtime/event_loop.hpp>

#include <algorithm>
#include <utility>

namespace tridem {

void throw_cancelled() {
  throw cancelled();
}

cancel_scope::~cancel_scope() {
  if (is_armed()) static_cast<event_loop*>(home_)->remove_timer(*this);
  TRIDEM_ASSERT(strands_.empty() && children_.empty(),
                "a cancel scope was destroyed while tasks run in it; await them first");
  if (parent_ != nullptr) detach();
  while (!listeners_.empty()) listeners_.pop_front().scope_gone();
}

void cancel_scope::cancel() noexcept {
  if (home_ != nullptr) home_->check_thread("something was cancelled");
  if (cancel_called_) return;
  cancel_called_ = true;
  if (!effective_) spread();
}

// Scopes nest as deeply as tasks do, so this walks a list instead of calling itself. A scope whose
// turn comes later waits in `to_do` instead of in its parent's list of children.
struct cancel_scope::spreading {
  scope_list to_do;
  bool is_running = false;

  void add(cancel_scope& scope) noexcept {
    const detail::list_hook<detail::scope_children_tag>& hook = scope;
    if (hook.is_linked()) scope_list::erase(scope);
    to_do.push_back(scope);
  }
  static thread_local spreading of_this_thread;
};
thread_local cancel_scope::spreading cancel_scope::spreading::of_this_thread;

void cancel_scope::spread() noexcept {
  spreading& work = spreading::of_this_thread;
  work.add(*this);
  // A strand that awaits a task of its own cancels that: the walk that is under way takes it along.
  if (std::exchange(work.is_running, true)) return;
  while (!work.to_do.empty()) {
    cancel_scope& scope = work.to_do.pop_back();
    if (scope.parent_ != nullptr) scope.parent_->children_.push_back(scope);
    scope.take_effect(work);
  }
  work.is_running = false;
}

void cancel_scope::take_effect(spreading& work) noexcept {
  if (std::exchange(effective_, true)) return;
  listeners_.for_each([](detail::scope_listener& one) { one.scope_cancelled(); });
  strands_.for_each([](detail::strand& line) {
    if (line.pending != nullptr) line.pending->request_cancel();
  });
  // From the back, because the work is taken from the back: the eldest comes first.
  scope_list untouched;
  while (!children_.empty()) {
    cancel_scope& child = children_.pop_back();
    (child.effective_ || child.shielded_ ? untouched : work.to_do).push_back(child);
  }
  children_.splice_back(untouched);
}

void cancel_scope::deadline(time_point when) noexcept {
  deadline_ = when;
  if (home_ == nullptr) return;  // armed when the scope is attached
  auto& loop = *static_cast<event_loop*>(home_);
  if (is_armed()) loop.remove_timer(*this);
  if (when != never) loop.add_timer(*this, when);
}

time_point cancel_scope::effective_deadline() const noexcept {
  time_point earliest = never;
  for (const cancel_scope* at = this; at != nullptr; at = at->parent_) {
    earliest = std::min(earliest, at->deadline_);
    if (at->shielded_) break;
  }
  return earliest;
}

void cancel_scope::fire() noexcept {
  if (cancel_called_) return;
  deadline_fired_ = true;
  cancel();
}

void cancel_scope::attach(cancel_scope* parent, detail::loop_core& home) noexcept {
  home_ = &home;
  parent_ = parent;
  if (parent != nullptr) {
    parent->children_.push_back(*this);
    if (parent->effective_ && !shielded_) effective_ = true;
  }
  if (cancel_called_) effective_ = true;
  if (deadline_ != never) deadline(deadline_);
}

void cancel_scope::detach() noexcept {
  if (is_armed()) static_cast<event_loop*>(home_)->remove_timer(*this);
  if (parent_ != nullptr) scope_list::erase(*this);
  parent_ = nullptr;
  home_ = nullptr;
}

namespace detail {

scope_entry::scope_entry(strand& line, cancel_scope& scope) noexcept : line_(line), scope_(scope) {
  cancel_scope* outer = line.scope;
  scope.attach(outer, *line.loop);
  outer->release(line);
  scope.adopt(line);
}

scope_entry::~scope_entry() {
  cancel_scope* outer = scope_.parent();
  scope_.release(line_);
  scope_.detach();
  outer->adopt(line_);
}

}  // namespace detail
}  // namespace tridem
