// SPDX-License-Identifier: MIT
// A source of completions that is looked at, not waited for: shared-memory channels and their like.
#pragma once

#include <tridem/runtime/detail/intrusive_list.hpp>

namespace tridem::detail {

struct poller_tag;

/// Looked at once a turn by the loop it is added to.
///
/// Before the loop sleeps it calls `prepare_sleep`, in which the poller tells its partners that
/// from now on a wake-up is needed, and looks again; after the sleep, `awake` takes that back. All
/// calls come on the loop's thread.
class poller : public list_hook<poller_tag> {
 public:
  /// Takes what has arrived. True when there was something.
  virtual bool poll() noexcept = 0;
  /// Sets the sleep flag, fences, looks again. True when something has arrived: the loop must not
  /// sleep.
  virtual bool prepare_sleep() noexcept = 0;
  /// The sleep is over: partners need not wake this loop.
  virtual void awake() noexcept = 0;
  /// How long it is worth to look again before sleeping, in nanoseconds; 0 when nothing is expected
  /// soon.
  [[nodiscard]] virtual int spin_ns() const noexcept = 0;

 protected:
  poller() = default;
  ~poller() = default;
};

}  // namespace tridem::detail
