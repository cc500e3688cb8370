// SPDX-License-Identifier: MIT
// Telling a task that a program of Asio has started to stop, from any thread, however late.
#include <tridem/io/asio_interop.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

namespace tridem::detail {

std::exception_ptr asio_aborted() noexcept {
  return std::make_exception_ptr(boost::system::system_error(
      boost::asio::error::make_error_code(boost::asio::error::operation_aborted), "async_run"));
}

void run_stop::request(const std::shared_ptr<run_stop>& self) {
  const std::lock_guard lock(self->mutex_);
  if (self->home_ == nullptr) return;
  // The loop cannot end before the task has, and the task cannot while the lock is held.
  self->home_->call_soon_threadsafe([self] { self->cancel(); });
}

void run_stop::cancel() noexcept {
  requested_ = true;
  if (handle_) handle_->cancel();
}

void run_stop::watch(task_handle<> handle) noexcept {
  handle_ = std::move(handle);
  if (requested_) handle_->cancel();
}

void run_stop::forget() noexcept {
  const std::lock_guard lock(mutex_);
  home_ = nullptr;
  handle_.reset();
}

}  // namespace tridem::detail
