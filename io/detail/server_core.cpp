// SPDX-License-Identifier: MIT
// How a server stops, how it bears a shortage, and whom it tells.
#include <tridem/io/detail/server_core.hpp>
#include <tridem/runtime/event_loop.hpp>
#include <tridem/runtime/exception.hpp>
#include <tridem/runtime/exception_group.hpp>
#include <tridem/runtime/race.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/with_cancel_scope.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

namespace tridem::detail {
namespace {

using namespace std::chrono_literals;

constexpr duration first_pause = 10ms;
constexpr duration longest_pause = 1s;
// Shortages that follow each other within this time are told of once.
constexpr duration one_shortage = 30s;

// Source: accept(2): "treat them like EAGAIN by retrying"; they belong to the connection.
bool is_of_connection(int error) noexcept {
  constexpr std::array errors{EAGAIN,    EINTR,        ECONNABORTED, EPROTO,
                              EPERM,     ENETDOWN,     ENONET,       ENOPROTOOPT,
                              EHOSTDOWN, EHOSTUNREACH, ENETUNREACH,  ETIMEDOUT};
  return std::ranges::find(errors, error) != errors.end();
}

bool is_shortage(int error) noexcept {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

// What clients do to servers every day.
bool is_everyday(const std::exception_ptr& error) noexcept {
  try {
    std::rethrow_exception(error);
  } catch (const std::system_error& failure) {
    const std::error_code code = failure.code();
    return code == std::errc::connection_reset || code == std::errc::broken_pipe ||
           code == std::errc::timed_out || code == std::errc::connection_aborted;
  } catch (const exception_group& several) {
    return std::ranges::all_of(several.exceptions(), is_everyday);
  } catch (...) {
    return false;
  }
}

// Lets others reach a scope while the task is inside.
class reachable {
 public:
  reachable(cancel_scope*& place, cancel_scope& scope) noexcept : place_(place) { place = &scope; }
  reachable(const reachable&) = delete;
  reachable& operator=(const reachable&) = delete;
  ~reachable() { place_ = nullptr; }

 private:
  cancel_scope*& place_;
};

}  // namespace

server_core::server_core(const server_options& options, std::string name)
    : options_(options), name_(std::move(name)) {}

void server_core::stop(duration grace) noexcept {
  is_stopping_ = true;
  end_by_ = std::min(end_by_, after(event_loop::current().fresh_now(), grace));
  if (accepting_ != nullptr) accepting_->cancel();
  if (everything_ != nullptr) everything_->deadline(end_by_);
}

void server_core::stop_now() noexcept {
  is_stopping_ = true;
  end_by_ = time_point::min();
  if (everything_ != nullptr) everything_->cancel();
}

task<> server_core::stop_and_wait(std::shared_ptr<server_core> self, duration grace) {
  self->stop(grace);
  co_await self->ended_.wait();
}

task<> server_core::wait(std::shared_ptr<server_core> self) {
  co_await self->ended_.wait();
  if (self->failure_ != nullptr) std::rethrow_exception(self->failure_);
}

task<> server_core::within_grace(task<> serving) {
  auto body = [&](cancel_scope& scope) -> task<> {
    const reachable here(everything_, scope);
    if (end_by_ != never) scope.deadline(end_by_);
    co_await std::move(serving);
  };
  co_await with_cancel_scope(body);
}

task<> server_core::until_stopped(task<> accepting) {
  auto body = [&](cancel_scope& scope) -> task<> {
    const reachable here(accepting_, scope);
    if (is_stopping_) scope.cancel();
    co_await std::move(accepting);
  };
  try {
    co_await with_cancel_scope(body);
  } catch (const std::exception& error) {
    failure_ = std::current_exception();
    std::fprintf(stderr, "tridem: %s does not accept any more: %s\n", name_.c_str(), error.what());
  }
}

task<> server_core::room() {
  while (stats_.open >= options_.max_connections) {
    departed_.clear();
    co_await departed_.wait();
  }
}

task<> server_core::recover_from(std::error_code trouble) {
  if (is_of_connection(trouble.value())) co_return;
  if (!is_shortage(trouble.value())) throw std::system_error(trouble, "accept for " + name_);
  tell_of_shortage(trouble);
  ++stats_.pauses;
  pause_ = std::clamp(pause_ * 2, first_pause, longest_pause);
  // A connection of ours that ends gives back what is missing.
  departed_.clear();
  co_await race(departed_.wait(), sleep(pause_));
}

void server_core::tell_of_shortage(std::error_code trouble) {
  const time_point now = event_loop::current().now();
  const bool is_new = now > short_until_;
  short_until_ = after(now, one_shortage);
  if (!is_new) return;
  const bool of_descriptors = trouble.value() == EMFILE || trouble.value() == ENFILE;
  std::fprintf(stderr,
               "tridem: %s pauses accepting, with %zu connections open: %s; it goes on when some "
               "end%s\n",
               name_.c_str(), stats_.open, trouble.message().c_str(),
               of_descriptors ? " (raise `ulimit -n`, or lower max_connections)" : "");
}

void server_core::child_ended(task_control_base& handler) noexcept {
  --stats_.open;
  departed_.set();
  if (handler.failed() && !handler.was_cancelled()) report(handler.retrieve_error());
}

void server_core::report(const std::exception_ptr& error) noexcept {
  ++stats_.failed;
  if (report_ == nullptr) {
    if (is_everyday(error)) return;
    std::fprintf(stderr, "tridem: %s: a handler failed: %s\n", name_.c_str(),
                 format_exception(error).c_str());
    return;
  }
  try {
    (*report_)(error);
  } catch (...) {
    std::fprintf(stderr, "tridem: %s: on_error failed: %s\n", name_.c_str(),
                 format_exception(std::current_exception()).c_str());
  }
}

}  // namespace tridem::detail
