// SPDX-License-Identifier: MIT
// The context that shares the thread of a loop, and the waits for Asio's operations.
#include "io/asio/context_driver.hpp"
#include "io/asio/context_source.hpp"

#include <tridem/io/asio_interop.hpp>
#include <tridem/runtime/cancellation.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <cstdio>
#include <memory>

namespace tridem {
namespace detail {
namespace {

// A driver over an io_context lends that; any other one gets a context beside it.
boost::asio::io_context& context_for(event_loop& home) {
  if (auto* source = dynamic_cast<context_source*>(&home.served_by())) {
    return source->share_context();
  }
  auto made = std::make_unique<context_driver>(home.served_by());
  context_driver& outer = *made;
  outer.adopt(home.exchange_driver(std::move(made)));
  return outer.share_context();
}

}  // namespace

const char asio_home::kind = 0;

asio_home::asio_home(event_loop& home)
    : loop_attachment(kind), context(context_for(home)), executor(context.get_executor()) {}

asio_home& asio_home::of(event_loop& home, unsigned boost_version) {
  TRIDEM_ASSERT(boost_version == BOOST_VERSION,
                "this program was compiled with another version of Boost than tridem was; compile "
                "both with the same");
  home.check_thread("asio_context");
  return home.attachment<asio_home>();
}

bool asio_wait::is_cut_off(strand& line) {
  cut_short_ = ended_ = line.scope->is_cancelled();
  if (cut_short_) {
    code = boost::asio::error::operation_aborted;
    return true;
  }
  home_ = static_cast<event_loop*>(line.loop);
  executor_ = &asio_home::of(*home_).executor;
  return false;
}

bool asio_wait::suspend(std::coroutine_handle<> at, promise_base& frame) noexcept {
  if (ended_) return false;
  strand& line = *frame.line;
  line.suspend_in(*this, at, frame);
  // Starting it may have run anything, even what cancels this task.
  if (line.scope->is_cancelled()) request_cancel();
  return true;
}

void asio_wait::request_cancel() noexcept {
  cut_short_ = true;
  try {
    signal_.emit(boost::asio::cancellation_type::terminal);
  } catch (...) {
    // The operation goes on, and so does the wait for it.
    report_callback_failure("the cancellation of an operation of Asio", std::current_exception());
  }
}

void asio_wait::describe(char* out, std::size_t size) const noexcept {
  std::snprintf(out, size, "%.*s (Asio)", static_cast<int>(name_.size()), name_.data());
}

void asio_wait::end() noexcept {
  if (loop_core::current() == home_) {
    arrive();
  } else {
    home_->post(*this);
  }
}

void asio_wait::arrive() noexcept {
  ended_ = true;
  // Null while the operation is still being started: then `suspend` sees that it has ended.
  if (waiter != nullptr) waiter->complete();
}

void asio_wait::given_up() noexcept {
  if (failure == nullptr) {
    try {
      failure = std::make_exception_ptr(std::system_error(
          std::make_error_code(std::errc::operation_canceled),
          std::string(name_) + ": given up by Asio, its io_context was destroyed or stopped"));
    } catch (...) {
      failure = std::current_exception();
    }
    code = boost::asio::error::operation_aborted;
  }
  end();
}

bool asio_wait::ended_by_request() const noexcept {
  if (!cut_short_) return false;
  if (code == boost::asio::error::operation_aborted) return true;
  if (failure == nullptr) return false;
  try {
    std::rethrow_exception(failure);
  } catch (const boost::system::system_error& error) {
    return error.code() == boost::asio::error::operation_aborted;
  } catch (...) {
    return false;
  }
}

void asio_wait::throw_failure() {
  if (ended_by_request()) throw_cancelled();
  if (failure != nullptr) std::rethrow_exception(failure);
}

void asio_wait::throw_code() {
  throw std::system_error(std::error_code(code), std::string(name_));
}

}  // namespace detail

boost::asio::io_context& asio_context() {
  return detail::asio_home::of(event_loop::current()).context;
}

}  // namespace tridem
