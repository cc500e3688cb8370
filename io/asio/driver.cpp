// SPDX-License-Identifier: MIT
// One turn over Asio: try everything that is new, then wait in the reactor for what could not be
// done at once. It watches one descriptor for all of these, so that what has become ready is asked
// for once a turn, and no wait is an allocation and a system call of its own.
#include "io/asio/driver.hpp"

#include "io/asio/context_source.hpp"
#include "io/asio/handler_memory.hpp"
#include "io/asio/perform.hpp"
#include "io/asio/readiness.hpp"
#include "io/posix/blocking_lane.hpp"
#include "io/posix/complete_in_turn.hpp"
#include "io/posix/fork_generation.hpp"
#include "io/posix/lend.hpp"
#include "io/posix/operation_ring.hpp"
#include "io/posix/sigpipe_guard.hpp"

#include <tridem/runtime/assert.hpp>
#include <tridem/runtime/detail/callback.hpp>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <system_error>

#ifdef BOOST_ASIO_HAS_IO_URING_AS_DEFAULT
#error "this driver is for where io_uring is forbidden: do not define BOOST_ASIO_HAS_IO_URING here"
#endif

namespace tridem {

namespace {

using namespace std::chrono_literals;
using detail::next_step;

class asio_driver final : public driver, public detail::context_source {
 public:
  asio_driver();
  ~asio_driver() override;

  void turn(operation_list& submitted, operation_list& completed, time_point deadline) override;
  void wake() noexcept override;
  [[nodiscard]] time_point now() const noexcept override { return clock::now(); }
  [[nodiscard]] const char* name() const noexcept override { return "asio"; }

  boost::asio::io_context& share_context() noexcept override {
    shared_ = true;
    return context_;
  }

 private:
  using context_executor = boost::asio::io_context::executor_type;
  using timer =
      boost::asio::basic_waitable_timer<clock, boost::asio::wait_traits<clock>, context_executor>;
  using watcher = boost::asio::posix::basic_stream_descriptor<context_executor>;
  using step = boost::asio::io_context::count_type (boost::asio::io_context::*)();

  void ready(operation& op, unsigned events) noexcept;
  void advance(operation& op, next_step step);
  bool start_wait(operation& op);
  void finish(operation& op) noexcept;
  void cancel(operation& op);
  void retry();
  void collect() noexcept;
  bool take_wake() noexcept;
  bool run_handler(step one);
  void look();
  void wait(time_point deadline);
  void arm_watch();
  void arm_timer(time_point deadline);

  // Handlers of others that run in one turn before the loop gets the word again.
  static constexpr int handlers_per_turn = 256;
  // While operations succeed at once, so many of them, or turns, may pass without a look at who
  // waits: it costs about a tenth of an operation, and who is not looked at waits longer than
  // others.
  static constexpr std::size_t operations_between_looks = 16;
  static constexpr int turns_between_looks = 8;
  // Wake-ups of one operation in vain before it is retried by the clock instead of at once.
  static constexpr std::uint64_t vain_limit = 16;
  static constexpr std::uint64_t vain_unit = 2;  // in driver_tag, above detail::begun
  static constexpr std::uint64_t vain_mask = 0xffff'fffe;
  static constexpr std::uint64_t in_lane = 1ULL << 63;  // in driver_tag
  static constexpr auto retry_interval = 1ms;
  static constexpr auto longest_timer = 1h;

  detail::lender buffers_;
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<context_executor> work_{context_.get_executor()};
  detail::readiness waits_;
  watcher watch_{context_.get_executor()};  // of all that waits
  bool is_watching_ = false;
  timer timer_{context_.get_executor()};
  time_point armed_for_ = never;
  detail::operation_ring later_;
  time_point retry_at_ = never;
  std::atomic<bool> woken_{false};
  const std::uint32_t fork_generation_ = detail::fork_generation();
  std::size_t held_ = 0;
  bool shared_ = false;  // others have handlers here too
  int turns_without_look_ = 0;
  std::size_t finished_without_look_ = 0;
  operation_list* completed_ = nullptr;     // of the turn at hand
  detail::sigpipe_guard* quiet_ = nullptr;  // of the turn at hand
  // Last: its threads call wake() until they are joined.
  detail::blocking_lane lane_{*this, detail::perform_blocking};
};

asio_driver::asio_driver() try {
  watch_.assign(waits_.watched_descriptor());
} catch (const boost::system::system_error& error) {
  throw std::system_error(error.code(), "watch an epoll set");
}

asio_driver::~asio_driver() {
  TRIDEM_ASSERT(held_ == 0, "a driver was destroyed while operations were in flight");
  watch_.release();
}

void asio_driver::turn(operation_list& submitted, operation_list& completed, time_point deadline) {
  TRIDEM_ASSERT(detail::fork_generation() == fork_generation_,
                "an event loop was used after fork(), in the child; make a "
                "new one there, or start processes with exec");
  detail::sigpipe_guard quiet;
  quiet_ = &quiet;
  completed_ = &completed;
  const bool woken = take_wake();
  // All of it before anything completes: the links of a node that is being cancelled are in use
  // until it is popped.
  while (!submitted.empty()) {
    operation& op = submitted.pop_front();
    if (op.state == operation_state::cancelling) {
      cancel(op);
      continue;
    }
    op.state = operation_state::in_flight;
    op.driver_tag = 0;
    op.driver_data = nullptr;
    ++held_;
    advance(op, detail::attempt(op, quiet, buffers_));
  }
  collect();
  retry();
  if (!completed.empty() && finished_without_look_ < operations_between_looks &&
      ++turns_without_look_ < turns_between_looks) {
    return;
  }
  if (woken || !completed.empty() || deadline <= now()) {
    look();
    collect();
  } else {
    wait(deadline);
  }
}

void asio_driver::wake() noexcept {
  // One stop() for all wakes until the loop's thread has noticed.
  if (!woken_.exchange(true, std::memory_order_acq_rel)) context_.stop();
}

bool asio_driver::take_wake() noexcept {
  // In this order: a wake that comes between the two is seen by the second, and its work by the
  // loop after this turn.
  const bool stopped = context_.stopped();
  if (stopped) context_.restart();
  return woken_.exchange(false, std::memory_order_acq_rel) || stopped;
}

void asio_driver::look() {
  turns_without_look_ = 0;
  finished_without_look_ = 0;
  waits_.look([this](operation& op, unsigned events) noexcept { ready(op, events); });
  if (!shared_) return;
  for (int left = handlers_per_turn; left > 0 && run_handler(&boost::asio::io_context::poll_one);) {
    --left;
  }
}

bool asio_driver::run_handler(step one) {
  try {
    return (context_.*one)() != 0;
  } catch (...) {
    // What the handler of a stranger lets escape is not for the loop to end by.
    if (!shared_) throw;
    detail::report_callback_failure("a handler of asio_context()", std::current_exception());
    return true;
  }
}

void asio_driver::wait(time_point deadline) {
  for (;;) {
    arm_watch();
    arm_timer(std::min(deadline, retry_at_));
    const bool woken = !run_handler(&boost::asio::io_context::run_one) && take_wake();
    look();
    collect();
    retry();
    // What handlers of others have done to the loop, only the loop can see.
    if (shared_ || woken || !completed_->empty() || deadline <= now()) return;
  }
}

void asio_driver::arm_watch() {
  if (std::exchange(is_watching_, true)) return;
  struct on_event {
    using allocator_type = detail::handler_allocator<std::byte>;
    [[nodiscard]] allocator_type get_allocator() const noexcept { return {}; }
    void operator()(const boost::system::error_code&) const { *is_watching = false; }
    bool* is_watching;
  };
  watch_.async_wait(watcher::wait_read, on_event{&is_watching_});
}

void asio_driver::arm_timer(time_point deadline) {
  // A timer that fires too early costs one round; changing it at each turn would cost more.
  if (deadline >= armed_for_) return;
  armed_for_ = std::min(deadline, now() + longest_timer);
  timer_.expires_at(armed_for_);
  struct on_expiry {
    using allocator_type = detail::handler_allocator<std::byte>;
    [[nodiscard]] allocator_type get_allocator() const noexcept { return {}; }
    void operator()(const boost::system::error_code& error) const {
      if (!error) *armed_for = never;
    }
    time_point* armed_for;
  };
  timer_.async_wait(on_expiry{&armed_for_});
}

void asio_driver::ready(operation& op, unsigned events) noexcept {
  if (op.kind == op_kind::poll) {
    // Some files tell of an event once, and have told it now.
    const unsigned wanted = static_cast<const poll_operation&>(op).events | EPOLLERR | EPOLLHUP;
    op.result = static_cast<std::int32_t>(events & wanted);
    finish(op);
    return;
  }
  op.driver_tag += vain_unit;
  advance(op, detail::attempt(op, *quiet_, buffers_));
}

void asio_driver::advance(operation& op, next_step step) {
  switch (step) {
    case next_step::done:
      finish(op);
      return;
    case next_step::wait:
      if ((op.driver_tag & vain_mask) >= vain_limit * vain_unit || !start_wait(op)) break;
      return;
    case next_step::offload:
      op.driver_tag |= in_lane;
      lane_.push(op);
      return;
  }
  op.driver_tag &= detail::begun;
  if (later_.empty()) retry_at_ = now() + retry_interval;
  later_.push_back(op);
}

bool asio_driver::start_wait(operation& op) {
  const int error = waits_.wait(op);
  if (error == 0) return true;
  // No room in the set, or in memory: then by the clock.
  if (error == ENOSPC || error == ENOMEM) return false;
  if (error == EPERM) {
    advance(op, next_step::offload);
    return true;
  }
  op.result = -error;
  finish(op);
  return true;
}

void asio_driver::finish(operation& op) noexcept {
  waits_.leave(op);
  --held_;
  ++finished_without_look_;
  detail::complete_in_turn(op, *completed_);
}

void asio_driver::cancel(operation& op) {
  op.state = operation_state::in_flight;
  if ((op.driver_tag & in_lane) != 0) {
    if (op.kind == op_kind::close || !lane_.remove(op)) return;
    op.driver_data = nullptr;
    op.result = operation::cancelled_result;
    return finish(op);
  }
  if ((op.driver_tag & detail::readiness::is_waiting) == 0) later_.remove(op);
  if (later_.empty()) retry_at_ = never;
  // What has arrived already is delivered; nothing is begun, and nothing is sent.
  if (detail::collects(op.kind) && detail::attempt(op, *quiet_, buffers_) == next_step::done) {
    return finish(op);
  }
  op.result = operation::cancelled_result;
  finish(op);
}

void asio_driver::retry() {
  if (later_.empty() || now() < retry_at_) return;
  retry_at_ = never;
  for (detail::operation_ring due = std::exchange(later_, {}); !due.empty();) {
    operation& op = due.pop_front();
    advance(op, detail::attempt(op, *quiet_, buffers_));
  }
}

void asio_driver::collect() noexcept {
  held_ -= lane_.collect(*completed_);
}

}  // namespace

std::unique_ptr<driver> make_asio_driver() {
  return std::make_unique<asio_driver>();
}

}  // namespace tridem
