// SPDX-License-Identifier: MIT
// How a request to stop spreads through scopes to the waits inside.
#include <tridem/runtime/assert.hpp>
#include <tridem/runtime/cancellation.hpp>
#include <tridem/runtime/detail/gather_core.hpp>
#include <tridem/runtime/event_loop.hpp>

#include <algorithm>
#include <utility>

namespace tridem {

void throw_cancelled() {
  throw cancelled();
}

void cancel_scope::deadline(time_point when) noexcept {
  const bool is_placed = line() != nullptr;  // armed when it is attached, else
  if (is_placed) disarm();
  timer_node::deadline = when;
  has_deadline_ = when != never;
  if (is_placed && has_deadline_) arm();
}

void cancel_scope::fire() noexcept {
  if (cancel_called()) return;
  deadline_fired_ = true;
  cancel();
}

namespace detail {

void scope_node::end() noexcept {
  while (scope_listener* one = first_listener()) {
    one->detach();
    one->scope_gone();
  }
  TRIDEM_ASSERT(children_.empty() && (line_ == nullptr || line_->scope != this),
                "a cancel scope was destroyed while tasks run in it; await them first");
  if (parent_ != nullptr) detach();
}

void scope_node::cancel() noexcept {
  if (line_ != nullptr) line_->loop->check_thread("something was cancelled");
  if (cancel_called_) return;
  cancel_called_ = true;
  if (!effective_) spread();
}

// Scopes nest as deeply as tasks do, so this walks a list instead of calling itself. A scope whose
// turn comes later waits in `to_do` instead of in its parent's list of children.
struct scope_node::spreading {
  ring_list<scope_node, scope_siblings_tag> to_do;
  bool is_running = false;

  void add(scope_node& scope) noexcept {
    if (std::exchange(scope.is_to_be_spread_, true)) return;
    if (scope.parent_ != nullptr) scope.parent_->children_.erase(scope);
    to_do.push_back(scope);
  }
  static constinit thread_local spreading of_this_thread;
};
constinit thread_local scope_node::spreading scope_node::spreading::of_this_thread;

void scope_node::spread() noexcept {
  spreading& work = spreading::of_this_thread;
  work.add(*this);
  // A strand that awaits a task of its own cancels that: the walk that is under way takes it along.
  if (std::exchange(work.is_running, true)) return;
  while (!work.to_do.empty()) {
    scope_node& scope = work.to_do.pop_back();
    scope.is_to_be_spread_ = false;
    if (scope.parent_ != nullptr) scope.parent_->children_.push_back(scope);
    scope.take_effect(work);
  }
  work.is_running = false;
}

void scope_node::take_effect(spreading& work) noexcept {
  if (std::exchange(effective_, true)) return;
  if (kind_ == kind::listener) {
    static_cast<scope_listener*>(this)->scope_cancelled();
  } else if (kind_ == kind::gather) {
    static_cast<gather_core*>(this)->cancel_children();
  } else if (line_ != nullptr && line_->scope == this && line_->pending != nullptr) {
    line_->pending->request_cancel();
  }
  // From the back, because the work is taken from the back: the eldest comes first.
  ring_list<scope_node, scope_siblings_tag> untouched;
  while (!children_.empty()) {
    scope_node& child = children_.pop_back();
    if (child.effective_ || child.kind_ == kind::shield) {
      untouched.push_back(child);
    } else {
      child.is_to_be_spread_ = true;
      work.to_do.push_back(child);
    }
  }
  children_ = untouched;
}

time_point scope_node::effective_deadline() const noexcept {
  time_point earliest = never;
  for (const scope_node* at = this; at != nullptr; at = at->parent_) {
    if (at->has_deadline_) {
      earliest = std::min(earliest, static_cast<const cancel_scope*>(at)->deadline());
    }
    if (at->kind_ == kind::shield) break;
  }
  return earliest;
}

void scope_node::arm() noexcept {
  auto& timer = *static_cast<cancel_scope*>(this);
  static_cast<event_loop*>(line_->loop)->add_timer(timer, timer.deadline());
}

void scope_node::disarm() noexcept {
  auto& timer = *static_cast<cancel_scope*>(this);
  if (timer.is_armed()) static_cast<event_loop*>(line_->loop)->remove_timer(timer);
}

void scope_node::add_listener(scope_listener& one) noexcept {
  scope_node& node = one;
  node.parent_ = this;
  children_.push_back(node);
  if (effective_) node.spread();
}

scope_listener* scope_node::first_listener() const noexcept {
  const scope_node* found = nullptr;
  children_.for_each([&](const scope_node& child) {
    if (child.kind_ == kind::listener) found = &child;
  });
  return static_cast<scope_listener*>(const_cast<scope_node*>(found));
}

}  // namespace detail
}  // namespace tridem
