// SPDX-License-Identifier: MIT
// Closing without a race: the number of a descriptor is given back to the system only when no
// operation can still mean it.
#include <tridem/io/detail/io_object.hpp>
#include <tridem/io/operations.hpp>
#include <tridem/runtime/assert.hpp>
#include <tridem/runtime/detail/strand.hpp>
#include <tridem/runtime/shield.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <coroutine>
#include <cstdio>
#include <cstring>
#include <system_error>

namespace tridem::detail {

/// Waits until the list of an object is empty.
class io_object::idle_wait {
 public:
  class awaiter final : public suspension {
   public:
    explicit awaiter(io_object& object) noexcept : object_(object) {}
    bool await_ready() const noexcept { return object_.pending_.empty(); }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> awaiting) noexcept {
      promise_base& frame = awaiting.promise();
      frame.line->suspend_in(*this, awaiting, frame);
      object_.closing_ = this;
    }
    void await_resume() const noexcept {}

    // What it waits for has been cancelled already, and the descriptor must not leak.
    void request_cancel() noexcept override {}
    void describe(char* out, std::size_t size) const noexcept override {
      std::snprintf(out, size, "close, until the operations on it have ended");
    }

   private:
    io_object& object_;
  };

  explicit idle_wait(io_object& object) noexcept : object_(object) {}
  awaiter operator co_await() && noexcept { return awaiter(object_); }

 private:
  io_object& object_;
};

namespace {

constexpr std::uint8_t bit_of(claim one) noexcept {
  return one == claim::none ? std::uint8_t{0} : static_cast<std::uint8_t>(1U << unsigned(one));
}

void describe_refusal(char* out, std::size_t size, claim one) noexcept {
  std::snprintf(out, size, "another %s of this stream is in flight, and only one may be",
                one == claim::reading ? "read" : "write");
}

}  // namespace

int pending_operation::enter(listed_operation& self) noexcept {
  if (!object_->is_open()) return -EBADF;
  was_refused_ = (object_->claims_taken_ & bit_of(claim_)) != 0;
  if (was_refused_) return -EBUSY;
  object_->claims_taken_ |= bit_of(claim_);
  self.fd = object_->fd();
  self.is_of_object = true;
  const auto* const part = reinterpret_cast<const std::byte*>(this);
  distance_ = static_cast<std::uint16_t>(part - reinterpret_cast<const std::byte*>(&self));
  object_->pending_.push_back(*this);
  if (object_->watch_ != nullptr) since_ = object_->watch_->begins();
  return 0;
}

io_object::held_claim::held_claim(io_object& object, claim wanted)
    : object_(object), claim_(wanted) {
  if ((object.claims_taken_ & bit_of(wanted)) != 0) {
    std::array<char, 100> text;
    describe_refusal(text.data(), text.size(), wanted);
    throw std::system_error(EBUSY, std::generic_category(), text.data());
  }
  object.claims_taken_ |= bit_of(wanted);
}

io_object::held_claim::~held_claim() {
  object_.claims_taken_ = static_cast<std::uint8_t>(object_.claims_taken_ & ~bit_of(claim_));
}

listed_operation& pending_operation::self() const noexcept {
  auto* const part = reinterpret_cast<std::byte*>(const_cast<pending_operation*>(this));
  return *reinterpret_cast<listed_operation*>(part - distance_);
}

void pending_operation::left() noexcept {
  operation& op = self();
  if (was_idle_ && !op.cancel_requested &&
      (op.result == operation::cancelled_result || op.result == operation::interrupted_result)) {
    op.result = -ETIMEDOUT;
  }
  const bool reads =
      op.kind == op_kind::recv || op.kind == op_kind::receive || op.kind == op_kind::recvmsg;
  if (reads && op.result > 0 && object_->watch_ != nullptr) object_->watch_->has_read();
}

void pending_operation::end_early() noexcept {
  operation& op = self();
  if (op.state == operation_state::idle || op.state == operation_state::done) return;
  const bool by_scope = op.cancel_requested;
  op.request_cancel();
  // This is an error of the operation, not the cancellation of a scope.
  op.cancel_requested = by_scope;
}

void pending_operation::leave() noexcept {
  io_object::pending_list::erase(*this);
  object_->claims_taken_ = static_cast<std::uint8_t>(object_->claims_taken_ & ~bit_of(claim_));
  if (object_->closing_ != nullptr && object_->pending_.empty()) {
    std::exchange(object_->closing_, nullptr)->waiter->complete();
  }
}

void pending_operation::describe_object(char* out, std::size_t size) const noexcept {
  const std::size_t used = ::strnlen(out, size);
  if (was_refused_) {
    std::snprintf(out + used, size - used, ": ");
    const std::size_t with_colon = std::min(used + 2, size);
    describe_refusal(out + with_colon, size - with_colon, claim_);
  } else if (distance_ == 0) {
    std::snprintf(out + used, size - used, " of an object that is closed");
  } else if (!object_->is_open()) {
    std::snprintf(out + used, size - used, ", which was closed meanwhile");
  } else if (was_idle_ && object_->watch_ != nullptr) {
    const std::chrono::duration<double> seconds = object_->watch_->allowed();
    std::snprintf(out + used, size - used, ", where nothing moved for %g s (its idle limit)",
                  seconds.count());
  }
}

io_object::io_object(io_object&& other) noexcept
    : fd_(std::move(other.fd_)), watch_(std::move(other.watch_)) {
  other.check_idle("a stream, listener or file was moved while operations on it are pending");
  if (watch_ != nullptr) watch_->moved_to(*this);
}

io_object& io_object::operator=(io_object&& other) noexcept {
  check_idle("a stream, listener or file was assigned to while operations on it are pending");
  other.check_idle("a stream, listener or file was moved while operations on it are pending");
  fd_ = std::move(other.fd_);
  watch_ = std::move(other.watch_);
  if (watch_ != nullptr) watch_->moved_to(*this);
  return *this;
}

io_object::~io_object() {
  check_idle(
      "a stream, listener or file was destroyed while operations on it are pending; "
      "co_await its close(), or end the tasks that use it first");
}

void io_object::check_idle(const char* text) const noexcept {
  TRIDEM_ASSERT(pending_.empty() && claims_taken_ == 0 && closing_ == nullptr, text);
}

descriptor io_object::release() noexcept {
  check_idle("the descriptor of an object was released while operations on it are pending");
  return std::move(fd_);
}

void io_object::idle_limit(duration limit, duration first) {
  watch_ = std::make_unique<idle_watch>(*this, limit, first);
  // What is pending counts from now.
  pending_.for_each([&](pending_operation& at) { at.since_ = watch_->begins(); });
}

time_point io_object::end_waits_since(time_point now, duration allowed) noexcept {
  time_point next = never;
  pending_.for_each([&](pending_operation& at) {
    const time_point due = after(at.since_, allowed);
    if (due > now) {
      next = std::min(next, due);
    } else {
      at.was_idle_ = true;
      at.end_early();
    }
  });
  return next;
}

void io_object::cancel_pending() noexcept {
  pending_.for_each([](pending_operation& at) { at.end_early(); });
}

// Refuses what is new, ends what is pending, and gives the descriptor, if there still is one.
task<descriptor> io_object::end_pending() {
  descriptor last = std::move(fd_);
  if (!last) co_return last;
  cancel_pending();
  co_await idle_wait(*this);
  co_return last;
}

task<> io_object::close() {
  const descriptor last = co_await end_pending();
}

task<> io_object::close_file() {
  descriptor last = co_await end_pending();
  if (!last) co_return;
  auto closing =
      shield(as_result(operation_awaitable<close_operation>(close_operation(last.get()))));
  // The number is the operation's from here on, whatever comes out of it.
  static_cast<void>(last.release());
  const result<void> closed = co_await std::move(closing);
  if (!closed) throw std::system_error(closed.error(), "close a file");
}

}  // namespace tridem::detail
