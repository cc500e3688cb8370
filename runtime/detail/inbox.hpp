// SPDX-License-Identifier: MIT
// The one way by which another thread reaches a loop: many producers push, the loop drains all with
// one exchange.
//
// Protocol: `push` links the node with release order; `drain` takes the whole stack with acquire
// order and reverses it, so nodes of one producer run in the order in which it pushed them. A node
// belongs to the loop from push to run.
#pragma once

#include <atomic>

namespace tridem::detail {

class inbox_node {
 public:
  /// Runs on the loop's thread; may free the node.
  virtual void arrive() noexcept = 0;

  inbox_node* next_in_inbox = nullptr;

 protected:
  inbox_node() = default;
  ~inbox_node() = default;
};

class inbox {
 public:
  /// Threads: any.
  void push(inbox_node& node) noexcept {
    inbox_node* head = head_.load(std::memory_order_relaxed);
    do {
      node.next_in_inbox = head;
      // seq_cst pairs with the loop's sleep flag: either this push is seen before it sleeps, or the
      // flag is seen here.
    } while (!head_.compare_exchange_weak(head, &node, std::memory_order_seq_cst));
  }

  [[nodiscard]] bool empty() const noexcept {
    return head_.load(std::memory_order_seq_cst) == nullptr;
  }

  /// Runs everything that has arrived, oldest first. Threads: the loop's only.
  void drain() noexcept {
    if (head_.load(std::memory_order_relaxed) == nullptr) return;
    inbox_node* newest = head_.exchange(nullptr, std::memory_order_acquire);
    inbox_node* oldest = nullptr;
    while (newest != nullptr) {
      inbox_node* before = newest->next_in_inbox;
      newest->next_in_inbox = oldest;
      oldest = newest;
      newest = before;
    }
    while (oldest != nullptr) {
      inbox_node* after = oldest->next_in_inbox;
      oldest->arrive();
      oldest = after;
    }
  }

 private:
  std::atomic<inbox_node*> head_{nullptr};
};

}  // namespace tridem::detail
