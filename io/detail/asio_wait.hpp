// SPDX-License-Identifier: MIT
// The wait for an operation of Asio: how it is told to stop, and how its end comes home.
//
//   1  the operation is started with a handler that points to the wait, in the awaiting frame
//   2  a cancelled scope emits the signal; the wait goes on, because only the handler ends it
//   3  the handler is called, or destroyed uncalled, exactly once, on whatever thread
//   4  on the loop's thread the task becomes ready at once, from elsewhere through the loop's inbox
#pragma once

#include <tridem/runtime/detail/frame_pool.hpp>
#include <tridem/runtime/detail/inbox.hpp>
#include <tridem/runtime/detail/promise.hpp>
#include <tridem/runtime/event_loop.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/error_code.hpp>
#include <boost/version.hpp>

#include <cstddef>
#include <exception>
#include <string_view>
#include <system_error>
#include <utility>

namespace tridem::detail {

/// What a loop has of Asio: the context that shares its thread.
class asio_home final : public loop_attachment {
 public:
  static const char kind;
  explicit asio_home(event_loop& home);

  /// That of `home`. Aborts when the library was built with another Boost than the caller:
  /// objects of two versions do not fit together.
  static asio_home& of(event_loop& home, unsigned boost_version = BOOST_VERSION);

  boost::asio::io_context& context;
  const boost::asio::any_io_executor executor;
};

/// The part of a wait that does not depend on what is waited for.
class asio_wait : public suspension, public inbox_node {
 public:
  asio_wait(const asio_wait&) = delete;

  void request_cancel() noexcept final;
  void describe(char* out, std::size_t size) const noexcept final;
  void arrive() noexcept final;
  void abandon() noexcept final {}  // a loop does not end before its tasks

  /// The handler was called, and its arguments are in place; or it never will be, and `failure`
  /// says why. Threads: any.
  void end() noexcept;
  void given_up() noexcept;

  [[nodiscard]] const boost::asio::any_io_executor& executor() const noexcept { return *executor_; }
  [[nodiscard]] boost::asio::cancellation_slot slot() noexcept { return signal_.slot(); }

  boost::system::error_code code;  ///< What a handler with an error code was given.
  std::exception_ptr failure;      ///< Why there is no result, when no code says it.

 protected:
  explicit asio_wait(std::string_view operation) noexcept : name_(operation) {}
  ~asio_wait() = default;

  /// Looks before any effect. True when the operation must not be started.
  bool is_cut_off(strand& line);
  /// The operation was started, or has failed to. False when its end has come already.
  bool suspend(std::coroutine_handle<> at, promise_base& frame) noexcept;

  /// Throws what stands in the way of a value: `cancelled`, an exception, and in the form without
  /// `as_result` the code.
  void throw_failure();
  void throw_code();

 private:
  [[nodiscard]] bool ended_by_request() const noexcept;

  boost::asio::cancellation_signal signal_;
  event_loop* home_ = nullptr;
  const boost::asio::any_io_executor* executor_ = nullptr;
  const std::string_view name_;  // of the operation, static
  bool cut_short_ = false;
  bool ended_ = false;
};

/// Memory for what Asio keeps of a handler: from the free list of frames.
template <class T>
struct asio_allocator {
  using value_type = T;
  asio_allocator() = default;
  template <class Other>
  asio_allocator(asio_allocator<Other>) noexcept {}

  T* allocate(std::size_t count) {
    static_assert(alignof(T) <= alignof(std::max_align_t));
    return static_cast<T*>(allocate_frame(count * sizeof(T)));
  }
  void deallocate(T* memory, std::size_t count) noexcept { free_frame(memory, count * sizeof(T)); }
  template <class Other>
  bool operator==(asio_allocator<Other>) const noexcept {
    return true;
  }
};

/// The handler that Asio is given for a wait of type `Wait`, which has `store(arguments...)`.
template <class Wait>
class asio_handler {
 public:
  using executor_type = boost::asio::any_io_executor;
  using allocator_type = asio_allocator<std::byte>;
  using cancellation_slot_type = boost::asio::cancellation_slot;

  explicit asio_handler(Wait& wait) noexcept : wait_(&wait) {}
  asio_handler(asio_handler&& other) noexcept : wait_(std::exchange(other.wait_, nullptr)) {}
  asio_handler& operator=(asio_handler&& other) noexcept {
    std::swap(wait_, other.wait_);
    return *this;
  }
  ~asio_handler() {
    if (wait_ != nullptr) wait_->given_up();
  }

  template <class... Given>
  void operator()(Given&&... given) noexcept {
    Wait& wait = *std::exchange(wait_, nullptr);
    wait.store(std::forward<Given>(given)...);
    wait.end();  // the frame may be gone after this
  }

  [[nodiscard]] executor_type get_executor() const noexcept { return wait_->executor(); }
  [[nodiscard]] allocator_type get_allocator() const noexcept { return {}; }
  [[nodiscard]] cancellation_slot_type get_cancellation_slot() const noexcept {
    return wait_->slot();
  }

 private:
  Wait* wait_;
};

}  // namespace tridem::detail
