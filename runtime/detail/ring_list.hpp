// SPDX-License-Identifier: MIT
// A doubly linked list whose head is one pointer, for objects of which there are many: in return,
// removing a node takes the list.
#pragma once

#include <tridem/runtime/detail/intrusive_list.hpp>

namespace tridem::detail {

/// A list through `list_hook<Tag>` bases of `T`, first in front. Owns nothing.
template <class T, class Tag>
class ring_list {
 public:
  [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }

  void push_back(T& node) noexcept {
    hook& link = node;
    if (first_ == nullptr) {
      link.previous = link.next = first_ = &link;
      return;
    }
    link.previous = first_->previous;
    link.next = first_;
    first_->previous->next = &link;
    first_->previous = &link;
  }

  T& pop_front() noexcept {
    T& first = *static_cast<T*>(first_);
    erase(first);
    return first;
  }

  T& pop_back() noexcept {
    T& last = *static_cast<T*>(first_->previous);
    erase(last);
    return last;
  }

  /// `node` must be in this list, not in another.
  void erase(T& node) noexcept {
    hook& link = node;
    if (link.next == &link) {
      first_ = nullptr;
    } else {
      link.previous->next = link.next;
      link.next->previous = link.previous;
      if (first_ == &link) first_ = link.next;
    }
    link.previous = link.next = nullptr;
  }

  /// Calls `visit(const T&)` for each node; the list must not change meanwhile.
  template <class Visit>
  void for_each(Visit visit) const {
    if (first_ == nullptr) return;
    const hook* at = first_;
    do {
      visit(*static_cast<const T*>(at));
      at = at->next;
    } while (at != first_);
  }

 private:
  using hook = list_hook<Tag>;
  hook* first_ = nullptr;
};

}  // namespace tridem::detail
