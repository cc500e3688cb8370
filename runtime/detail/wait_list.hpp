// SPDX-License-Identifier: MIT
// The queue of tasks that wait for an event, a lock, a permit or an item; first come, first served.
#pragma once

#include <tridem/runtime/cancellation.hpp>
#include <tridem/runtime/detail/promise.hpp>

#include <cstdio>

namespace tridem::detail {

struct wait_list_tag;

/// One waiting task. A hand-off *completes* it: from then on a cancellation comes at its next
/// await.
class list_waiter : public suspension, public list_hook<wait_list_tag> {
 public:
  list_waiter(const list_waiter&) = delete;

  void request_cancel() noexcept override {
    cut_short = true;
    intrusive_list<list_waiter, wait_list_tag>::erase(*this);
    waiter->complete();
  }
  void describe(char* out, std::size_t size) const noexcept final {
    std::snprintf(out, size, "%s", what());
  }

  bool cut_short = false;

 protected:
  list_waiter() = default;
  ~list_waiter() = default;
  /// What is waited for.
  [[nodiscard]] virtual const char* what() const noexcept = 0;
};

class wait_list {
 public:
  wait_list() = default;
  ~wait_list() {
    TRIDEM_ASSERT(waiters_.empty(),
                  "an event, lock, semaphore or queue was destroyed while tasks wait for it");
  }
  [[nodiscard]] bool empty() const noexcept { return waiters_.empty(); }
  [[nodiscard]] list_waiter& front() noexcept { return waiters_.front(); }

  /// Suspends `awaiting` at the end of the list.
  template <class Promise>
  void add(list_waiter& node, std::coroutine_handle<Promise> awaiting) noexcept {
    promise_base& frame = awaiting.promise();
    frame.line->suspend_in(node, awaiting, frame);
    waiters_.push_back(node);
  }
  /// Completes the first one and returns it.
  list_waiter& complete_front() noexcept {
    list_waiter& node = waiters_.pop_front();
    node.waiter->complete();
    return node;
  }

 private:
  intrusive_list<list_waiter, wait_list_tag> waiters_;
};

/// True when the frame's scope was told to stop: what every leaf await asks first, before any
/// effect.
template <class Promise>
[[nodiscard]] bool cancelled_at(std::coroutine_handle<Promise> awaiting) noexcept {
  return awaiting.promise().line->scope->is_cancelled();
}

}  // namespace tridem::detail
