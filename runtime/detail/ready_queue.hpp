// SPDX-License-Identifier: MIT
// What is to be resumed: a plain singly linked queue, touched by the loop's thread alone.
#pragma once

#include <coroutine>

namespace tridem::detail {

/// Something that will be run in a later step of this loop: a coroutine to resume, or `run` when
/// there is none.
class ready_node {
 public:
  virtual void run() noexcept = 0;
  /// The loop goes: nothing of the user's is to be called any more.
  virtual void abandon() noexcept { run(); }

  ready_node* next_ready = nullptr;
  std::coroutine_handle<> resume_point;

 protected:
  ready_node() = default;
  ~ready_node() = default;
};

/// First in, first out; `push_front` is for a transfer that was only postponed.
class ready_queue {
 public:
  [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }

  void push_back(ready_node& node) noexcept {
    node.next_ready = nullptr;
    if (first_ == nullptr) {
      first_ = &node;
    } else {
      last_->next_ready = &node;
    }
    last_ = &node;
  }

  void push_front(ready_node& node) noexcept {
    node.next_ready = first_;
    if (first_ == nullptr) last_ = &node;
    first_ = &node;
  }

  ready_node& pop_front() noexcept {
    ready_node& node = *first_;
    first_ = node.next_ready;
    return node;
  }

  /// The next one; null when there is none.
  [[nodiscard]] ready_node* first() const noexcept { return first_; }
  /// Removes the one behind `before`.
  ready_node& pop_after(ready_node& before) noexcept {
    ready_node& node = *before.next_ready;
    before.next_ready = node.next_ready;
    if (last_ == &node) last_ = &before;
    return node;
  }

 private:
  ready_node* first_ = nullptr;
  ready_node* last_ = nullptr;
};

}  // namespace tridem::detail
