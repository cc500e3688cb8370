// SPDX-License-Identifier: MIT
// A task that waits for something that another thread may give it.
#pragma once

#include <tridem/runtime/detail/gather_core.hpp>
#include <tridem/runtime/detail/inbox.hpp>
#include <tridem/runtime/detail/intrusive_list.hpp>
#include <tridem/runtime/detail/strand.hpp>
#include <tridem/runtime/event_loop.hpp>

#include <cstdio>

namespace tridem::detail {

struct concurrent_waiter_tag;

/// A task of some loop that waits in a concurrent_queue. Linked under the queue's lock; whoever
/// unlinks it has decided how the wait ends, and if that is another thread, hands it to its loop by
/// the inbox.
class concurrent_waiter : public suspension,
                          public list_hook<concurrent_waiter_tag>,
                          public inbox_node {
 public:
  explicit concurrent_waiter(const char* what) noexcept : what_(what) {}
  concurrent_waiter(const concurrent_waiter&) = delete;

  void arrive() noexcept override {
    if (has_lost_race()) take_back();
    waiter->complete();
  }
  // Whoever waits is a task, and no loop ends before its tasks.
  void abandon() noexcept override {}
  void describe(char* out, std::size_t size) const noexcept override {
    std::snprintf(out, size, "%s", what_);
  }

 protected:
  ~concurrent_waiter() = default;
  /// What it was given was still on its way when another one won the race: gives it back.
  virtual void take_back() noexcept {}
  void hand_to_its_loop() noexcept { static_cast<event_loop*>(home_)->post(*this); }

  loop_core* home_ = nullptr;
  bool cut_short_ = false;

 private:
  // Only children of a race are decided by the completion of their wait.
  [[nodiscard]] bool has_lost_race() const noexcept {
    if (!waiter->decides_by_completion) return false;
    const auto& child = static_cast<const gather_child&>(*waiter);
    return child.core->winner() != nullptr && child.core->winner() != &child;
  }

  const char* what_;
};

}  // namespace tridem::detail
