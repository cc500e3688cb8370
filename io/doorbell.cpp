// SPDX-License-Identifier: MIT
// Ringing a doorbell, and knowing how.
#include <tridem/io/doorbell.hpp>

#ifdef TRIDEM_HAS_URING
#include "io/uring/driver.hpp"
#endif

#include <climits>

#include <cstring>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace tridem {

doorbell_kind doorbell_kind_of(const event_loop& loop) noexcept {
#ifdef TRIDEM_HAS_URING
  if (std::strcmp(loop.driver_name(), "uring") == 0 && uring::doorbells_are_futexes()) {
    return doorbell_kind::futex;
  }
#endif
  static_cast<void>(loop);
  return doorbell_kind::eventfd;
}

void ring_doorbell(const std::atomic<std::uint32_t>& word, int eventfd,
                   doorbell_kind kind) noexcept {
  switch (kind) {
    case doorbell_kind::futex:
      // Not FUTEX_PRIVATE: the sleeper may be in another process.
      ::syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
      return;
    case doorbell_kind::eventfd: {
      const std::uint64_t one = 1;
      static_cast<void>(::write(eventfd, &one, sizeof one));
      return;
    }
  }
}

}  // namespace tridem
