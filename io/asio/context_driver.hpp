// SPDX-License-Identifier: MIT
// Puts an io_context beside a driver, on one thread: the sleep of the loop is spent in Asio.
#pragma once

#include "io/asio/context_source.hpp"

#include <tridem/runtime/driver.hpp>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include <chrono>
#include <cstdint>
#include <memory>

namespace tridem::detail {

/// Wraps a driver that has a readiness descriptor.
///
/// That descriptor is read by the io_context, so that one epoll_wait waits for both: for what
/// the wrapped driver has, and for handlers, wherever they were posted. No thread, and nothing but
/// Asio's public interface: its own wake-ups reach a sleep inside Asio, and no other.
class context_driver final : public driver, public context_source {
 public:
  /// Serves for `inner`, which is handed over by `adopt` once this stands in its place.
  ///
  /// Errors: std::system_error when `inner` has no readiness descriptor, or no epoll is to be had.
  explicit context_driver(driver& inner);
  ~context_driver() override;
  void adopt(std::unique_ptr<driver> inner) noexcept { owned_ = std::move(inner); }

  void turn(operation_list& submitted, operation_list& completed, time_point deadline) override;
  void wake() noexcept override;
  [[nodiscard]] time_point now() const noexcept override { return inner_.now(); }
  [[nodiscard]] const char* name() const noexcept override { return inner_.name(); }
  boost::asio::io_context& share_context() noexcept override { return context_; }

 private:
  using context_executor = boost::asio::io_context::executor_type;
  using watcher = boost::asio::posix::basic_stream_descriptor<context_executor>;
  using timer =
      boost::asio::basic_waitable_timer<clock, boost::asio::wait_traits<clock>, context_executor>;
  using step = boost::asio::io_context::count_type (boost::asio::io_context::*)();

  bool run_handler(step one) noexcept;
  void look() noexcept;
  void sleep(time_point deadline);
  void arm_watch();
  void arm_timer(time_point deadline);

  // Handlers that run in one turn while the loop has other things to do.
  static constexpr int handlers_per_turn = 64;
  // Turns of a busy loop that may pass without a look at the handlers, which is a system call.
  static constexpr int turns_between_looks = 8;
  static constexpr auto longest_timer = std::chrono::hours(1);

  driver& inner_;
  std::unique_ptr<driver> owned_;
  const int readiness_;  // of `inner_`
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<context_executor> work_{context_.get_executor()};
  watcher watch_{context_.get_executor()};
  timer timer_{context_.get_executor()};
  std::uint64_t announced_ = 0;  // what is read from the descriptor; nobody looks at it
  bool watching_ = false;
  time_point armed_for_ = never;
  int turns_without_look_ = 0;
};

}  // namespace tridem::detail
