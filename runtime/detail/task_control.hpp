// SPDX-License-Identifier: MIT
// What stands behind a spawned task: its strand, its scope, its result, and who watches it.
#pragma once

#include <tridem/runtime/detail/async_stack.hpp>
#include <tridem/runtime/detail/frame_pool.hpp>
#include <tridem/runtime/detail/result_slot.hpp>
#include <tridem/runtime/detail/scope_node.hpp>
#include <tridem/runtime/detail/task_origin.hpp>
#include <tridem/runtime/event_loop.hpp>
#include <tridem/runtime/task.hpp>

#include <cstdint>
#include <exception>
#include <string>

namespace tridem::detail {

struct watcher_tag;

/// What is known of a task from outside.
struct task_record {
  /// The name for reports; that of a task which was given none is written when first asked for.
  [[nodiscard]] const std::string& shown_name() const {
    if (origin.name() == nullptr) origin.set_name("task-" + std::to_string(id));
    return *origin.name();
  }
  [[nodiscard]] strand& line() noexcept;

  std::uint64_t id = 0;
  std::uint64_t spawned_by_id = 0;  ///< 0 when it was spawned from outside a task.
  mutable task_origin origin;
};

/// Who wants to know that a task has ended: an await of its handle, `wait`, `as_completed`.
class task_watcher : public list_hook<watcher_tag> {
 public:
  /// The task has ended and its result is in place; the watcher is out of the list.
  virtual void task_ended() noexcept = 0;

 protected:
  task_watcher() = default;
  ~task_watcher() = default;
};

/// Told when a task of its has ended, on the loop's thread, after the watchers.
class task_owner {
 public:
  virtual void child_ended(class task_control_base& child) noexcept = 0;

 protected:
  ~task_owner() = default;
};

/// A scope whose tasks have an owner.
class group_scope final : public scope_node {
 public:
  explicit group_scope(task_owner& told) noexcept : scope_node(kind::group), owner(told) {}

  task_owner& owner;
};

/// Everything of a spawned task but the type of its result: its strand, its record, its scope.
/// Counted by hand: the loop holds it until the task has ended, each handle as long as it lives.
/// All on the loop's thread, so the count is a plain integer.
///
/// A service may have a million of them: each member counts.
class task_control_base : public strand, public task_record, public scope_node {
 public:
  // From the free list of frames: a spawned task is as short-lived as they are.
  static void* operator new(std::size_t size) { return allocate_frame(size); }
  static void operator delete(void* place, std::size_t size) noexcept { free_frame(place, size); }

  /// Schedules the task on `home` inside `around`.
  void start(event_loop& home, scope_node& around);

  std::coroutine_handle<> finished() noexcept final;
  void run() noexcept final;

  /// The task whose own scope this is; null when it is another scope.
  [[nodiscard]] static task_control_base* task_of(const scope_node& scope) noexcept;

  void add_reference() noexcept { ++references_; }
  void drop_reference() noexcept {
    if (!done_) loop->check_thread("a task handle was destroyed");  // afterwards it may be gone
    if (--references_ == 0) forget();
  }

  [[nodiscard]] bool done() const noexcept { return done_; }
  /// It ended by an error, a cancellation included.
  [[nodiscard]] bool failed() const noexcept { return failed_; }
  [[nodiscard]] bool was_cancelled() const noexcept { return was_cancelled_; }
  /// The error, or null. Asking counts as retrieving it.
  [[nodiscard]] std::exception_ptr retrieve_error() noexcept {
    std::exception_ptr failure = error();
    // Whoever comes first goes on with its stack; more would only make it longer.
    if (!std::exchange(retrieved_, true)) continue_stack(failure);
    return failure;
  }
  [[nodiscard]] virtual std::exception_ptr error() const noexcept = 0;

  ring_list<task_watcher, watcher_tag> watchers;

 protected:
  explicit task_control_base(std::coroutine_handle<> frame) noexcept : scope_node(kind::task) {
    resume_point = frame;
    is_task = true;
  }
  virtual ~task_control_base() = default;
  /// Moves the result out of the frame and destroys the frame; true when there is an error.
  virtual bool collect() noexcept = 0;
  /// The error of a task that the loop could not even begin.
  [[nodiscard]] static std::exception_ptr never_began() noexcept;

 private:
  void forget() noexcept;

  std::uint32_t references_ = 0;
  bool done_ = false;
  bool failed_ = false;
  bool was_cancelled_ = false;
  bool retrieved_ = false;
};

inline strand& task_record::line() noexcept {
  return static_cast<task_control_base&>(*this);  // nothing else is a record
}

template <class T>
class task_control final : public task_control_base {
 public:
  explicit task_control(task<T> body) noexcept : task_control(body.release()) {}

  [[nodiscard]] std::exception_ptr error() const noexcept override {
    return result.has_error() ? result.error() : nullptr;
  }

  result_slot<T> result;

 private:
  explicit task_control(std::coroutine_handle<promise<T>> frame) noexcept
      : task_control_base(frame) {
    frame.promise().line = this;
  }
  ~task_control() override {
    if (resume_point) resume_point.destroy();  // it never began
  }

  bool collect() noexcept override {
    // The body has ended, so its frame is where the strand stands.
    const auto frame = std::coroutine_handle<promise<T>>::from_address(resume_point.address());
    result_slot<T>& left = frame.promise().result;
    if (left.has_error()) {
      result.set_error(left.error());
    } else if (left.is_empty()) {
      result.set_error(never_began());
    } else if constexpr (std::is_void_v<T>) {
      result.set_value();
    } else {
      move_value(left);
    }
    resume_point = nullptr;
    frame.destroy();
    return result.has_error();
  }
  void move_value(result_slot<T>& left) noexcept {
    try {
      result.set_value(std::move(left.stored()));
    } catch (...) {
      result.set_error(std::current_exception());
    }
  }
};

}  // namespace tridem::detail
