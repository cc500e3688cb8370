// SPDX-License-Identifier: MIT
// How a driver begins and ends, and the ways in and out of it beside turn().
#pragma once

#include "io/uring/basic_driver.hpp"
#include "io/uring/features.hpp"
#include "io/uring/request_state.hpp"

#include <tridem/runtime/assert.hpp>

#include <atomic>
#include <cerrno>
#include <string>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace tridem::uring {

template <class Ring>
template <class... Arguments>
basic_driver<Ring>::basic_driver(duration spin, const Arguments&... arguments)
    : wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      ring_(arguments...),
      doorbell_(ring_.knows(futex_wait_opcode) ? doorbell_way::futex : doorbell_way::eventfd),
      spin_(spin) {
  if (!wake_) throw std::system_error(errno, std::system_category(), "eventfd");
  check_opcodes();
  try_one_request();
}

template <class Ring>
void basic_driver<Ring>::check_opcodes() const {
  for (const unsigned opcode : required_opcodes()) {
    if (!ring_.knows(opcode)) {
      throw std::system_error(ENOSYS, std::system_category(),
                              "io_uring lacks opcode " + std::to_string(opcode));
    }
  }
}

template <class Ring>
basic_driver<Ring>::~basic_driver() {
  TRIDEM_ASSERT(in_flight_ == 0,
                "a driver was destroyed with operations in flight; the loop must await them first");
}

template <class Ring>
void basic_driver<Ring>::try_one_request() {
  io_uring_sqe* first = ring_.next_entry();
  io_uring_prep_nop(first);
  first->user_data = trial_request;
  ring_.enter(true, std::chrono::seconds(5));
  bool answered = false;
  ring_.reap([&](const io_uring_cqe& cqe) noexcept {
    answered = cqe.user_data == trial_request && cqe.res == 0;
  });
  if (!answered) {
    throw std::system_error(EIO, std::system_category(), "io_uring did not answer a first request");
  }
}

template <class Ring>
void basic_driver<Ring>::wake() noexcept {
  const std::uint64_t one = 1;
  // It can only fail when 2^64 - 2 wake-ups are already on their way.
  static_cast<void>(::write(wake_.get(), &one, sizeof one));
}

template <class Ring>
int basic_driver<Ring>::readiness_descriptor() {
  if (!readiness_) {
    descriptor made(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!made) throw std::system_error(errno, std::system_category(), "eventfd");
    ring_.register_eventfd(made.get());
    readiness_ = std::move(made);
  }
  return readiness_.get();
}

template <class Ring>
bool basic_driver<Ring>::announce_readiness() noexcept {
  announcing_ = true;
  ring_.tell(true);
  // The kernel links its work before it looks whether to tell; this looks for work after having
  // said so. One of the two sees the other.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  return !ring_.has_completion() && !ring_.needs_enter();
}

}  // namespace tridem::uring
