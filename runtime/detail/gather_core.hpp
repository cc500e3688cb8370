// SPDX-License-Identifier: MIT
// The type-free core of gather: children start in place, count down a plain integer, and stop each
// other on failure.
#pragma once

#include <tridem/runtime/detail/promise.hpp>
#include <tridem/runtime/detail/scope_node.hpp>
#include <tridem/runtime/task.hpp>

#include <exception>

namespace tridem::detail {

class gather_core;

/// The strand of one child.
class gather_child : public strand {
 public:
  void run() noexcept final {}
  void completed() noexcept final;
  [[nodiscard]] promise_base* awaited_by() const noexcept final;

  /// What it threw; null when it did not.
  [[nodiscard]] virtual const std::exception_ptr* error() const noexcept = 0;

  gather_core* core = nullptr;

 protected:
  ~gather_child() = default;
};

/// What the parent waits in, and the scope of the children.
class gather_core : public suspension, public scope_node {
 public:
  /// What the end of a child means for its siblings.
  enum class on_end : unsigned char {
    failure_cancels,  ///< gather: the first failure stops the others.
    nothing,          ///< gather_settled: each runs to its own end.
    first_decides,    ///< race: the first end, of whatever kind, stops the others.
  };

  explicit gather_core(on_end policy) noexcept : scope_node(kind::gather), policy_(policy) {}

  /// Called once by the parent's await, before the children are started.
  void begin(strand& parent, promise_base& frame) noexcept;
  /// Starts `child` in place, inside the scope of this gather, unless a sibling has failed already.
  void start(gather_child& child, std::coroutine_handle<> body) noexcept;
  /// All have been started. True when the parent must wait for some.
  bool must_wait(std::coroutine_handle<> parent, promise_base& frame) noexcept;

  /// `error` is what it threw; null when it did not.
  void child_finished(gather_child& child, const std::exception_ptr* error) noexcept {
    child.scope = nullptr;
    if (error != nullptr || policy_ == on_end::first_decides) [[unlikely]]
      child_decided(child, error);
    if (--left_ == 0) parent_->complete();
  }
  /// The bare operation of `child` has completed, before its strand is resumed: in a race that
  /// decides.
  void child_completed(gather_child& child) noexcept;
  /// Ends the scope; throws the first error with the others attached as notes, or `cancelled`.
  void finish();

  /// Asks the children's waits to end early; part of the scope's cancellation.
  void cancel_children() noexcept;
  /// Calls `visit` for each child, also those that have not begun or have ended: they are in no
  /// scope.
  virtual void visit_children(void (*visit)(gather_child& child, void* context) noexcept,
                              void* context) noexcept = 0;
  // The children live in this scope, which is below the parent's: a request reaches them that way.
  void request_cancel() noexcept override {}
  void describe(char* out, std::size_t size) const noexcept override;

  /// The child that decided a race; null when none did.
  [[nodiscard]] const gather_child* winner() const noexcept { return winner_; }
  /// The frame that awaits all this.
  [[nodiscard]] promise_base* awaited_by() const noexcept { return parent_frame_; }

 protected:
  ~gather_core() = default;

 private:
  /// Makes what the other children threw notes of the error that is thrown, or reports it when none
  /// is. It stands in the children until the end, so that keeping it costs nothing and cannot fail.
  void tell_of_others() noexcept;
  void tell_of(const gather_child& child) noexcept;
  void child_decided(gather_child& child, const std::exception_ptr* error) noexcept;
  void child_failed(gather_child& child, const std::exception_ptr& error) noexcept;

  strand* parent_ = nullptr;
  promise_base* parent_frame_ = nullptr;
  std::size_t left_ = 1;  // one for the parent itself, while it starts the children
  const on_end policy_;
  bool began_ = false;
  bool others_failed_ = false;  // beside the error that is thrown, if one is
  gather_child* winner_ = nullptr;
  std::exception_ptr first_error_;
  std::exception_ptr cancelled_error_;
};

template <class T>
class gather_child_of final : public gather_child {
 public:
  gather_child_of() = default;
  ~gather_child_of() {
    if (resume_point) resume_point.destroy();
  }

  void bind(task<T>&& body, bool is_bare_operation) noexcept {
    TRIDEM_ASSERT(body, "gather was given an empty task: moved from, or awaited before");
    const std::coroutine_handle<promise<T>> begin = body.release();
    begin.promise().line = this;
    resume_point = begin;
    decides_by_completion = is_bare_operation;
  }
  std::coroutine_handle<> finished() noexcept override {
    const result_slot<T>& left = slot();
    core->child_finished(*this, left.has_error() ? &left.error() : nullptr);
    return std::noop_coroutine();
  }
  /// The outermost frame: where the strand stands before it begins, and again when it has ended.
  [[nodiscard]] std::coroutine_handle<promise<T>> frame() const noexcept {
    return std::coroutine_handle<promise<T>>::from_address(resume_point.address());
  }
  [[nodiscard]] result_slot<T>& slot() const noexcept { return frame().promise().result; }
  [[nodiscard]] const std::exception_ptr* error() const noexcept override {
    const result_slot<T>& left = slot();
    return left.has_error() ? &left.error() : nullptr;
  }
};

}  // namespace tridem::detail
