// SPDX-License-Identifier: MIT
// The one way by which another thread reaches a loop: many producers push, the loop drains all with
// one exchange.
//
// 1. `head_` is null (empty), the mark `asleep` (empty, the loop sleeps), or the newest node.
// 2. `push` links the node with release order; `drain` takes the whole stack with acquire order and
//    reverses it, so nodes of one producer run in the order in which it pushed them. A node belongs
//    to the loop from push to run.
// 3. Whether the loop sleeps stands in the same word, so one push of many learns that it has to
//    wake, and no other touches the loop after its node is in: the loop may be gone by then.
// 4. That one push counts itself in `wakers_` before its node can be seen; a loop that ends waits
//    until the count is 0 again.
#pragma once

#include <atomic>

namespace tridem::detail {

class inbox_node {
 public:
  /// Runs on the loop's thread; may free the node.
  virtual void arrive() noexcept = 0;
  /// The loop ends before it can run; may free the node.
  virtual void abandon() noexcept = 0;

  inbox_node* next_in_inbox = nullptr;

 protected:
  inbox_node() = default;
  ~inbox_node() = default;
};

class inbox {
 public:
  /// True when the loop has to be woken, after which `woken` must be called. Threads: any.
  [[nodiscard]] bool push(inbox_node& node) noexcept {
    inbox_node* head = head_.load(std::memory_order_relaxed);
    for (;;) {
      const bool asleep = head == sleep_mark();
      node.next_in_inbox = asleep ? nullptr : head;
      if (asleep) wakers_.fetch_add(1, std::memory_order_relaxed);
      // seq_cst: what announces work by other ways than this word may rely on one order.
      if (head_.compare_exchange_weak(head, &node, std::memory_order_seq_cst)) return asleep;
      if (asleep) wakers_.fetch_sub(1, std::memory_order_relaxed);
    }
  }
  /// The wake-up that `push` asked for has been made. Threads: the one that pushed.
  void woken() noexcept { wakers_.fetch_sub(1, std::memory_order_release); }

  [[nodiscard]] bool empty() const noexcept {
    const inbox_node* head = head_.load(std::memory_order_seq_cst);
    return head == nullptr || head == sleep_mark();
  }

  /// The loop is about to sleep. False when something has arrived. Threads: the loop's only, as all
  /// that follows.
  [[nodiscard]] bool try_sleep() noexcept {
    inbox_node* nothing = nullptr;
    return head_.compare_exchange_strong(nothing, sleep_mark(), std::memory_order_seq_cst);
  }
  void awake() noexcept {
    inbox_node* mark = sleep_mark();
    head_.compare_exchange_strong(mark, nullptr, std::memory_order_relaxed);
  }
  /// A wake-up is still being made.
  [[nodiscard]] bool is_being_woken() const noexcept {
    return wakers_.load(std::memory_order_acquire) != 0;
  }

  /// Runs everything that has arrived, oldest first.
  void drain() noexcept { take_all(&inbox_node::arrive); }
  /// Frees everything that has arrived.
  void abandon() noexcept { take_all(&inbox_node::abandon); }

 private:
  void take_all(void (inbox_node::*what)() noexcept) noexcept {
    if (head_.load(std::memory_order_relaxed) == nullptr) return;
    inbox_node* newest = head_.exchange(nullptr, std::memory_order_acquire);
    // Still asleep after a failure of the driver: nothing has arrived.
    if (newest == sleep_mark()) return;
    inbox_node* oldest = nullptr;
    while (newest != nullptr) {
      inbox_node* before = newest->next_in_inbox;
      newest->next_in_inbox = oldest;
      oldest = newest;
      newest = before;
    }
    while (oldest != nullptr) {
      inbox_node* after = oldest->next_in_inbox;
      (oldest->*what)();
      oldest = after;
    }
  }

  // An address that no node can have: the inbox itself. Compared, never followed.
  [[nodiscard]] inbox_node* sleep_mark() const noexcept {
    return reinterpret_cast<inbox_node*>(const_cast<inbox*>(this));
  }

  // On a line of their own, so that who posts does not fight with what the loop writes each turn.
  alignas(64) std::atomic<inbox_node*> head_{nullptr};
  std::atomic<unsigned> wakers_{0};
};

}  // namespace tridem::detail
