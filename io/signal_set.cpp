// SPDX-License-Identifier: MIT
// signalfd, read by an operation.
#include <tridem/io/operations.hpp>
#include <tridem/io/signal_set.hpp>

#include <cerrno>
#include <csignal>
#include <signal.h>
#include <string>
#include <sys/signalfd.h>
#include <system_error>

namespace tridem {
namespace {

constexpr int signals_max = 64;

sigset_t to_set(std::uint64_t bits) noexcept {
  sigset_t set;
  sigemptyset(&set);
  for (int number = 1; number <= signals_max; ++number) {
    if ((bits >> (number - 1) & 1) != 0) sigaddset(&set, number);
  }
  return set;
}

std::uint64_t to_bits(std::initializer_list<int> signals) {
  std::uint64_t bits = 0;
  for (const int number : signals) {
    if (number < 1 || number > signals_max || number == SIGKILL || number == SIGSTOP) {
      throw std::system_error(EINVAL, std::generic_category(),
                              "take delivery of signal " + std::to_string(number));
    }
    bits |= std::uint64_t{1} << (number - 1);
  }
  return bits;
}

}  // namespace

signal_set::signal_set(std::initializer_list<int> signals) {
  const std::uint64_t wanted = to_bits(signals);
  const sigset_t set = to_set(wanted);
  descriptor fd{::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)};
  if (!fd) throw std::system_error(errno, std::generic_category(), "signalfd");
  object_ = detail::io_object(std::move(fd));

  sigset_t before;
  ::pthread_sigmask(SIG_BLOCK, &set, &before);
  for (int number = 1; number <= signals_max; ++number) {
    const std::uint64_t bit = std::uint64_t{1} << (number - 1);
    if ((wanted & bit) != 0 && sigismember(&before, number) == 0) newly_blocked_ |= bit;
  }
}

signal_set::~signal_set() {
  const sigset_t set = to_set(newly_blocked_);
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

task<int> signal_set::wait() {
  signalfd_siginfo information{};
  const mutable_buffer into = std::as_writable_bytes(std::span{&information, 1});
  co_await object_.start<read_operation>(into);
  co_return static_cast<int>(information.ssi_signo);
}

}  // namespace tridem
