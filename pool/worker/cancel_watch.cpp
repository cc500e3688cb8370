// SPDX-License-Identifier: MIT
// The thread that turns the cancel flag in shared memory into a stop request.
#include "pool/worker/cancel_watch.hpp"

#include "pool/worker/worker_channel.hpp"

#include <tridem/pool/worker.hpp>

#include <cstdint>
#include <new>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>

namespace tridem::detail {

cancel_watch::~cancel_watch() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  if (!thread_.joinable()) return;
  channel_.interrupt_cancel_wait();
  thread_.join();
}

void cancel_watch::construct_token(void* storage) {
  const std::lock_guard lock(mutex_);
  source_ = std::stop_source();
  watching_ = true;
  // The call may have been cancelled before it asked for its token.
  if (cancel_requested()) source_.request_stop();
  if (!thread_.joinable()) thread_ = std::thread([this] { watch(); });
  ::new (storage) std::stop_token(source_.get_token());
}

int cancel_watch::event() noexcept {
  const std::lock_guard lock(mutex_);
  if (event_) return event_.get();
  try {
    event_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (event_ && !thread_.joinable()) thread_ = std::thread([this] { watch(); });
  } catch (const std::system_error&) {
    event_.reset();
  }
  // The call may have been cancelled before anybody asked.
  if (event_ && cancel_requested()) ring();
  return event_.get();
}

void cancel_watch::clear_event() noexcept {
  const std::lock_guard lock(mutex_);
  std::uint64_t rung = 0;
  // Not what was said of the call that runs.
  if (event_ && !cancel_requested()) (void)!::read(event_.get(), &rung, sizeof(rung));
}

void cancel_watch::ring() const noexcept {
  const std::uint64_t one = 1;
  (void)!::write(event_.get(), &one, sizeof(one));
}

void cancel_watch::forget() noexcept {
  const std::lock_guard lock(mutex_);
  watching_ = false;
}

// Runs on the helper thread. Stop callbacks of the job run here, without the lock.
void cancel_watch::watch() noexcept {
  std::uint32_t seen = 0;
  for (;;) {
    std::stop_source to_stop{std::nostopstate};
    {
      const std::lock_guard lock(mutex_);
      if (ending_) return;
      if (watching_ && cancel_requested()) to_stop = source_;
      if (event_ && cancel_requested()) ring();
    }
    to_stop.request_stop();
    channel_.wait_for_cancel(seen);
  }
}

}  // namespace tridem::detail
