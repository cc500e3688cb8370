// SPDX-License-Identifier: MIT
// A doubly linked list of nodes that live elsewhere: no allocation, O(1) removal from the middle.
#pragma once

namespace tridem::detail {

/// What a node of list `Tag` carries. Copying a node does not copy its links.
template <class Tag>
struct list_hook {
  list_hook() = default;
  list_hook(const list_hook&) noexcept {}
  list_hook& operator=(const list_hook&) noexcept { return *this; }

  [[nodiscard]] bool is_linked() const noexcept { return next != nullptr; }

  list_hook* previous = nullptr;
  list_hook* next = nullptr;
};

/// A circular list through `list_hook<Tag>` bases of `T`. Owns nothing.
template <class T, class Tag>
class intrusive_list {
 public:
  intrusive_list() noexcept { head_.previous = head_.next = &head_; }
  intrusive_list(const intrusive_list&) = delete;
  intrusive_list& operator=(const intrusive_list&) = delete;

  [[nodiscard]] bool empty() const noexcept { return head_.next == &head_; }
  [[nodiscard]] T& front() noexcept { return *static_cast<T*>(head_.next); }

  void push_back(T& node) noexcept {
    hook& link = node;
    link.previous = head_.previous;
    link.next = &head_;
    head_.previous->next = &link;
    head_.previous = &link;
  }

  T& pop_front() noexcept {
    T& first = front();
    erase(first);
    return first;
  }

  T& pop_back() noexcept {
    T& last = *static_cast<T*>(head_.previous);
    erase(last);
    return last;
  }

  static void erase(T& node) noexcept {
    hook& link = node;
    link.previous->next = link.next;
    link.next->previous = link.previous;
    link.previous = link.next = nullptr;
  }

  /// Moves all nodes of `other` to the end of this list.
  void splice_back(intrusive_list& other) noexcept {
    if (other.empty()) return;
    hook* first = other.head_.next;
    hook* last = other.head_.previous;
    first->previous = head_.previous;
    head_.previous->next = first;
    last->next = &head_;
    head_.previous = last;
    other.head_.previous = other.head_.next = &other.head_;
  }

  /// Calls `visit(T&)` for each node; the node being visited may be erased by the visitor.
  template <class Visit>
  void for_each(Visit visit) {
    for (hook* at = head_.next; at != &head_;) {
      hook* after = at->next;
      visit(*static_cast<T*>(at));
      at = after;
    }
  }

 private:
  using hook = list_hook<Tag>;
  hook head_;
};

}  // namespace tridem::detail
