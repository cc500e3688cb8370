// SPDX-License-Identifier: MIT
// Many signals a second, whose handler restarts no system call.
#pragma once

#include <csignal>
#include <ctime>
#include <stdexcept>
#include <unistd.h>

namespace tridem::test {

/// While it lives, SIGUSR1 comes to this thread.
class signal_storm {
 public:
  /// @param rate  Signals a second, 2 or more.
  explicit signal_storm(long rate) {
    const long period_ns = 1'000'000'000 / rate;
    struct sigaction counting{};
    counting.sa_handler = [](int) { count = count + 1; };
    ::sigaction(SIGUSR1, &counting, &before_);
    ::sigevent here{};
    here.sigev_notify = SIGEV_THREAD_ID;
    here.sigev_signo = SIGUSR1;
    here._sigev_un._tid = ::gettid();
    if (::timer_create(CLOCK_MONOTONIC, &here, &timer_) != 0) {
      throw std::runtime_error("timer_create failed");
    }
    const ::itimerspec often{{0, period_ns}, {0, period_ns}};
    ::timer_settime(timer_, 0, &often, nullptr);
  }
  signal_storm(const signal_storm&) = delete;
  signal_storm& operator=(const signal_storm&) = delete;
  ~signal_storm() {
    ::timer_delete(timer_);
    ::sigaction(SIGUSR1, &before_, nullptr);
  }

  static inline volatile std::sig_atomic_t count = 0;

 private:
  ::timer_t timer_{};
  struct sigaction before_{};
};

}  // namespace tridem::test
