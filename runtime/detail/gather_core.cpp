// SPDX-License-Identifier: MIT
// How the children of a gather start, end, and stop each other.
#include <tridem/runtime/detail/gather_core.hpp>
#include <tridem/runtime/exception.hpp>

#include <cstdio>

namespace tridem::detail {

void gather_child::completed() noexcept {
  core->child_completed(*this);
}

promise_base* gather_child::awaited_by() const noexcept {
  return core->awaited_by();
}

void gather_core::begin(strand& parent, promise_base& frame) noexcept {
  parent_ = &parent;
  parent_frame_ = &frame;
  attach(*parent.scope, parent);
  began_ = true;
}

void gather_core::start(gather_child& child, std::coroutine_handle<> body) noexcept {
  // A sibling has decided while it was started: a task never begins then. A bare operation does,
  // without effect, because it may own something that is to be stopped: std::move(handle).
  if (cancel_called() && !child.decides_by_completion) return;
  loop_core& loop = *parent_->loop;
  child.core = this;
  child.loop = &loop;
  child.scope = this;
  if (parent_->context != nullptr) child.context = share_context(parent_->context);
  ++left_;
  if (loop.stack_is_deep()) {
    loop.ready.push_back(child);
    return;
  }
  strand* interrupted = loop.running;
  loop.running = &child;
  body.resume();
  loop.running = interrupted;
}

bool gather_core::must_wait(std::coroutine_handle<> parent, promise_base& frame) noexcept {
  parent_->suspend_in(*this, parent, frame);
  if (--left_ != 0) return true;
  parent_->pending = nullptr;
  return false;
}

void gather_core::child_completed(gather_child& child) noexcept {
  if (policy_ != on_end::first_decides || winner_ != nullptr) return;
  winner_ = &child;
  cancel();
}

void gather_core::child_decided(gather_child& child, const std::exception_ptr* error) noexcept {
  if (error != nullptr && is_cancelled_exception(*error)) {
    cancelled_error_ = *error;
    if (winner_ == &child) winner_ = nullptr;
  } else {
    child_completed(child);
    if (error != nullptr) child_failed(child, *error);
  }
}

void gather_core::child_failed(gather_child& child, const std::exception_ptr& error) noexcept {
  // What a loser of a race throws while it is being stopped is a note, never the outcome.
  const bool decides = policy_ == on_end::first_decides     ? winner_ == &child
                       : policy_ == on_end::failure_cancels ? first_error_ == nullptr
                                                            : false;
  if (!decides) {
    others_failed_ = true;
    return;
  }
  first_error_ = error;
  cancel();
}

void gather_core::cancel_children() noexcept {
  visit_children(
      [](gather_child& child, void* core) noexcept {
        if (child.scope == static_cast<gather_core*>(core) && child.pending != nullptr) {
          child.pending->request_cancel();
        }
      },
      this);
}

void gather_core::finish() {
  if (began_) detach();
  const bool is_cut = first_error_ == nullptr && winner_ == nullptr && cancelled_error_ != nullptr;
  // Whoever gets all outcomes hears of all errors there; whoever gets `cancelled` instead does not.
  if (others_failed_ && (is_cut || policy_ != on_end::nothing)) tell_of_others();
  if (first_error_ != nullptr) std::rethrow_exception(first_error_);
  if (is_cut) std::rethrow_exception(cancelled_error_);
}

void gather_core::tell_of_others() noexcept {
  visit_children([](gather_child& child,
                    void* self) noexcept { static_cast<gather_core*>(self)->tell_of(child); },
                 this);
}

void gather_core::tell_of(const gather_child& child) noexcept {
  if (child.error() == nullptr) return;
  const std::exception_ptr& other = *child.error();
  // Two children that await the same task throw the same exception.
  if (other == first_error_ || is_cancelled_exception(other)) return;
  if (first_error_ != nullptr) {
    note_beside(first_error_, "also failed beside it", other);
  } else {
    report_unheard(policy_ == on_end::nothing
                       ? "a gather_settled was cancelled when one of its children had failed"
                       : "a loser of a race failed while it was stopped",
                   other);
  }
}

void gather_core::describe(char* out, std::size_t size) const noexcept {
  std::snprintf(out, size, "gather, %zu left", left_);
}

}  // namespace tridem::detail
