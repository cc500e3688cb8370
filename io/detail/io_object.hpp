// SPDX-License-Identifier: MIT
// An open descriptor together with the operations pending on it, so that closing can end them
// first.
#pragma once

#include <tridem/io/descriptor.hpp>
#include <tridem/io/detail/listed_operation.hpp>
#include <tridem/runtime/detail/intrusive_list.hpp>
#include <tridem/runtime/operation_awaitable.hpp>
#include <tridem/runtime/task.hpp>

#include <cstddef>
#include <utility>

namespace tridem::detail {

class io_object;
struct pending_tag;

/// The place of an operation in the list of its object. Copied with an idle operation, which is in
/// no list.
class pending_operation : public list_hook<pending_tag> {
 public:
  explicit pending_operation(io_object& object) noexcept : object_(&object) {}
  pending_operation(const pending_operation&) = default;
  pending_operation& operator=(const pending_operation&) = delete;

 protected:
  ~pending_operation() {
    if (is_linked()) leave();
  }
  /// Enters the list, and gives the operation the number that the object has at this moment.
  /// Returns 0, or a negated errno when the object is closed.
  int enter(listed_operation& self) noexcept;
  /// Adds what became of the object to the words of its operation.
  void describe_object(char* out, std::size_t size) const noexcept;

 private:
  friend class io_object;
  void leave() noexcept;

  io_object* object_;
  listed_operation* self_ = nullptr;
};

/// An operation on an object: it takes the descriptor only when it is awaited, and `close` finds
/// it.
template <class Op>
struct bound final : Op, private pending_operation {
  template <class... Args>
  explicit bound(io_object& object, Args... args) noexcept
      : Op(-1, args...), pending_operation(object) {}
  bound(const bound&) = default;

  int begin() noexcept { return enter(*this); }
  void describe(char* out, std::size_t size) const noexcept override {
    Op::describe(out, size);
    describe_object(out, size);
  }
};

/// What every class with a descriptor and operations is made of. Moving or destroying it while
/// operations are pending aborts: they know its address.
class io_object {
 public:
  io_object() = default;
  explicit io_object(descriptor fd) noexcept : fd_(std::move(fd)) {}
  io_object(io_object&& other) noexcept;
  io_object& operator=(io_object&& other) noexcept;
  ~io_object();

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  [[nodiscard]] bool is_open() const noexcept { return static_cast<bool>(fd_); }

  /// An operation on this object, to be awaited.
  template <class Op, class... Args>
  [[nodiscard]] operation_awaitable<bound<Op>> start(Args... args) noexcept {
    return operation_awaitable<bound<Op>>(bound<Op>(*this, args...));
  }

  /// Refuses new operations, cancels the pending ones, awaits them, closes. Those that were cut
  /// short fail with ECANCELED. Of an object that is closed, or being closed, it returns at once.
  ///
  /// Cancellation: none; it takes no longer than the cancelled operations need to end.
  [[nodiscard]] task<> close();

  /// Hands the descriptor to the caller. Aborts when operations are pending.
  [[nodiscard]] descriptor release() noexcept;

 private:
  friend class pending_operation;
  class idle_wait;
  using pending_list = intrusive_list<pending_operation, pending_tag>;

  void check_idle(const char* text) const noexcept;
  void cancel_pending() noexcept;

  descriptor fd_;
  mutable pending_list pending_;
  suspension* closing_ = nullptr;  // the close() that waits for the list to empty
};

}  // namespace tridem::detail
