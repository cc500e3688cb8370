// SPDX-License-Identifier: MIT
// One turn for two: first the wrapped driver, then the handlers, and only then a sleep, in Asio.
#include "io/asio/context_driver.hpp"

#include "io/posix/complete_in_turn.hpp"

#include <tridem/runtime/detail/callback.hpp>

#include <boost/asio/buffer.hpp>

#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>
#include <unistd.h>

namespace tridem::detail {

context_driver::context_driver(driver& inner)
    : inner_(inner), readiness_(inner.readiness_descriptor()) {
  if (readiness_ < 0) {
    throw std::system_error(ENOTSUP, std::generic_category(),
                            "asio_context: the driver '" + std::string(inner.name()) +
                                "' cannot share its thread with an io_context; use uring or asio");
  }
  try {
    watch_.assign(readiness_);
  } catch (const boost::system::system_error& error) {
    throw std::system_error(error.code(), "asio_context: watch the ring");
  }
}

context_driver::~context_driver() {
  // The descriptor belongs to the wrapped driver, which goes after this.
  if (watch_.is_open()) watch_.release();
}

void context_driver::turn(operation_list& submitted, operation_list& completed,
                          time_point deadline) {
  inner_.turn(submitted, completed, time_point::min());
  const bool busy = !completed.empty() || deadline <= now();
  if (!busy) {
    sleep(deadline);
    // Handlers may have asked for operations, or for their end.
    inner_.turn(submitted, completed, time_point::min());
  } else if (++turns_without_look_ >= turns_between_looks) {
    mark_done(completed);
    look();
  }
}

void context_driver::wake() noexcept {
  // Not through the wrapped driver: its turn, which comes before the sleep, would take the wake-up
  // for its own. This one stays until it is read.
  const std::uint64_t one = 1;
  static_cast<void>(::write(readiness_, &one, sizeof one));
}

bool context_driver::run_handler(step one) noexcept {
  try {
    if ((context_.*one)() != 0) return true;
  } catch (...) {
    report_callback_failure("a handler of asio_context()", std::current_exception());
    return true;
  }
  // Somebody has stopped the context, which would end a run(); this one runs as long as the loop.
  if (context_.stopped()) context_.restart();
  return false;
}

void context_driver::look() noexcept {
  turns_without_look_ = 0;
  for (int left = handlers_per_turn; left > 0 && run_handler(&boost::asio::io_context::poll_one);) {
    --left;
  }
}

void context_driver::sleep(time_point deadline) {
  turns_without_look_ = 0;
  arm_watch();
  arm_timer(deadline);
  if (!inner_.announce_readiness()) return;
  // One handler a turn: to ask whether there is another would cost a system call.
  run_handler(&boost::asio::io_context::run_one);
}

void context_driver::arm_watch() {
  if (std::exchange(watching_, true)) return;
  watch_.async_read_some(boost::asio::buffer(&announced_, sizeof announced_),
                         [this](boost::system::error_code, std::size_t) { watching_ = false; });
}

void context_driver::arm_timer(time_point deadline) {
  // A timer that fires too early costs one round; changing it at each turn would cost more.
  if (deadline >= armed_for_) return;
  armed_for_ = std::min(deadline, now() + longest_timer);
  timer_.expires_at(armed_for_);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) armed_for_ = never;
  });
}

}  // namespace tridem::detail
