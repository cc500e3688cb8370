// SPDX-License-Identifier: MIT
// Where blocking is refused.
#include "pool/mp/waiting.hpp"

#include <tridem/runtime/assert.hpp>

namespace tridem::detail {

void check_may_block() noexcept {
  TRIDEM_ASSERT(
      event_loop::current_or_null() == nullptr,
      "a blocking member of tridem::mp was called on the thread of a loop, where it would "
      "stop all tasks; await the member of the same name without _blocking, or call it "
      "by to_thread");
}

}  // namespace tridem::detail
