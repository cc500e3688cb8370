// SPDX-License-Identifier: MIT
// An open descriptor together with the operations pending on it, so that closing can end them
// first.
#pragma once

#include <tridem/io/descriptor.hpp>
#include <tridem/io/detail/idle_watch.hpp>
#include <tridem/io/detail/listed_operation.hpp>
#include <tridem/runtime/detail/intrusive_list.hpp>
#include <tridem/runtime/operation_awaitable.hpp>
#include <tridem/runtime/task.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <tuple>
#include <utility>

namespace tridem::detail {

class io_object;
struct pending_tag;

/// Which part of its object an operation needs for itself: two readers of a stream of bytes would
/// get pieces of each other's, in no order.
enum class claim : std::uint8_t { none, reading, writing };

/// The place of an operation in the list of its object. Copied with an idle operation, which is in
/// no list.
class pending_operation : public list_hook<pending_tag> {
 public:
  pending_operation(io_object& object, claim needed) noexcept : object_(&object), claim_(needed) {}
  pending_operation(const pending_operation&) = default;
  pending_operation& operator=(const pending_operation&) = delete;

 protected:
  ~pending_operation() {
    if (is_linked()) leave();
  }
  /// Enters the list, and gives the operation the number that the object has at this moment.
  /// Returns 0, or a negated errno: EBADF when the object is closed, EBUSY when its claim is taken
  /// already.
  int enter(listed_operation& self) noexcept;
  /// The object has an idle limit.
  [[nodiscard]] bool is_limited() const noexcept { return since_ != never; }
  /// The operation has ended: an end by the idle limit is turned into ETIMEDOUT.
  void left() noexcept;
  /// Adds what became of the object to the words of its operation.
  void describe_object(char* out, std::size_t size) const noexcept;

 private:
  friend class io_object;
  void leave() noexcept;
  void end_early() noexcept;
  [[nodiscard]] listed_operation& self() const noexcept;

  // Every connection that waits has one: each member counts.
  io_object* object_;
  time_point since_ = never;    // when it began, if the object has an idle limit
  std::uint16_t distance_ = 0;  // from the operation to this part of it; 0 before it has entered
  claim claim_;
  bool was_refused_ = false;  // its claim was taken already
  bool was_idle_ = false;     // ended by the idle limit
};

/// An operation on an object: it takes the descriptor only when it is awaited, and `close` finds
/// it.
template <class Op>
struct bound final : Op, private pending_operation {
  template <class... Args>
  explicit bound(io_object& object, claim needed, Args... args) noexcept
      : Op(-1, args...), pending_operation(object, needed) {}
  bound(const bound&) = default;

  int begin() noexcept {
    // From here on it stays in place, so that parameters may point to others.
    if constexpr (requires { this->settle(); }) this->settle();
    return enter(*this);
  }
  void end() noexcept {
    if (is_limited()) left();
  }
  void describe(char* out, std::size_t size) const noexcept override {
    Op::describe(out, size);
    describe_object(out, size);
  }
};

/// What is asked of an object, to be awaited: the parameters of an operation. The operation itself
/// is made in place where it is awaited, so that a frame that waits holds it once.
template <class Op, class... Args>
class [[nodiscard("an operation does nothing until it is awaited")]] object_request {
 public:
  object_request(io_object& object, claim needed, Args... args) noexcept
      : object_(&object), args_(args...), claim_(needed) {}

  operation_awaiter<bound<Op>> operator co_await() && noexcept {
    return std::apply(
        [this](const Args&... args) noexcept {
          return operation_awaiter<bound<Op>>(std::in_place, *object_, claim_, args...);
        },
        args_);
  }

  /// The same, giving a `result`.
  class as_result_form {
   public:
    explicit as_result_form(const object_request& asked) noexcept : asked_(asked) {}
    operation_result_awaiter<bound<Op>> operator co_await() && noexcept {
      return std::apply(
          [this](const Args&... args) noexcept {
            return operation_result_awaiter<bound<Op>>(std::in_place, *asked_.object_,
                                                       asked_.claim_, args...);
          },
          asked_.args_);
    }

   private:
    object_request asked_;
  };
  as_result_form into_result() && noexcept { return as_result_form(*this); }

 private:
  io_object* object_;
  [[no_unique_address]] std::tuple<Args...> args_;
  claim claim_;
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
  [[nodiscard]] bool has_pending() const noexcept { return !pending_.empty(); }

  /// An operation on this object, to be awaited. Any number may be in flight.
  template <class Op, class... Args>
  object_request<Op, Args...> start(Args... args) noexcept {
    return start_claiming<Op>(claim::none, args...);
  }
  /// An operation that reads, or writes, the next bytes of a stream. A second one in the same
  /// direction is refused with EBUSY while the first is in flight, and does nothing.
  template <class Op, class... Args>
  object_request<Op, Args...> start_reading(Args... args) noexcept {
    return start_claiming<Op>(claim::reading, args...);
  }
  template <class Op, class... Args>
  object_request<Op, Args...> start_writing(Args... args) noexcept {
    return start_claiming<Op>(claim::writing, args...);
  }
  template <class Op, class... Args>
  object_request<Op, Args...> start_claiming(claim needed, Args... args) noexcept {
    return object_request<Op, Args...>(*this, needed, args...);
  }

  /// Keeps a direction of the stream to its holder, between the operations that it starts with
  /// claim::none. Others are refused meanwhile.
  class held_claim {
   public:
    /// Errors: device_or_resource_busy when it is taken already.
    held_claim(io_object& object, claim wanted);
    held_claim(const held_claim&) = delete;
    held_claim& operator=(const held_claim&) = delete;
    ~held_claim();

   private:
    io_object& object_;
    claim claim_;
  };

  /// Refuses new operations, cancels the pending ones, awaits them, closes. Those that were cut
  /// short fail with ECANCELED. Of an object that is closed, or being closed, it returns at once.
  ///
  /// Cancellation: none; it takes no longer than the cancelled operations need to end.
  [[nodiscard]] task<> close();
  /// The same for files, whose close may take long and may fail: network file systems write what
  /// they held back. It runs where it does not hold up the loop, and its error is thrown.
  [[nodiscard]] task<> close_file();

  /// Hands the descriptor to the caller. Aborts when operations are pending.
  [[nodiscard]] descriptor release() noexcept;

  /// From now on an operation that waits longer than `limit` (until something has been read:
  /// `first`) fails with ETIMEDOUT. `duration::max()` is no limit.
  void idle_limit(duration limit, duration first);
  [[nodiscard]] duration idle_limit() const noexcept {
    return watch_ == nullptr ? duration::max() : watch_->limit();
  }
  /// Ends what has waited for `allowed` or longer at `now`; when the next will have.
  [[nodiscard]] time_point end_waits_since(time_point now, duration allowed) noexcept;

 private:
  friend class pending_operation;
  class idle_wait;
  using pending_list = intrusive_list<pending_operation, pending_tag>;

  void check_idle(const char* text) const noexcept;
  void cancel_pending() noexcept;
  [[nodiscard]] task<descriptor> end_pending();

  descriptor fd_;
  std::uint8_t claims_taken_ = 0;  // bit n is claim n
  mutable pending_list pending_;
  suspension* closing_ = nullptr;  // the close() that waits for the list to empty
  std::unique_ptr<idle_watch> watch_;
};

}  // namespace tridem::detail
