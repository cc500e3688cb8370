// SPDX-License-Identifier: MIT
// The default thread pool of a loop: made on first use, joined when the loop ends.
#include "pool/threads/thread_crew.hpp"
#include "pool/threads/usable_cpus.hpp"

#include <tridem/pool/to_thread.hpp>
#include <tridem/runtime/detail/loop_attachment.hpp>
#include <tridem/runtime/event_loop.hpp>

#include <algorithm>

namespace tridem::detail {
namespace {

class default_pool final : public loop_attachment {
 public:
  static const char kind;

  explicit default_pool(event_loop&)
      : loop_attachment(kind),
        crew_({.threads = std::min<std::size_t>(32, usable_cpus() + 4), .name = "to_thread"}) {}

  [[nodiscard]] thread_crew& crew() noexcept { return crew_; }

 private:
  thread_crew crew_;
};

const char default_pool::kind = 0;

}  // namespace

thread_crew& default_crew() {
  return event_loop::current().attachment<default_pool>().crew();
}

}  // namespace tridem::detail
