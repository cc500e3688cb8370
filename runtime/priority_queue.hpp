// SPDX-License-Identifier: MIT
// priority_queue<T>: a queue whose greatest item comes out first.
#pragma once

#include <tridem/runtime/detail/basic_queue.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace tridem {
namespace detail {

/// A binary heap; items that compare equal come out in the order in which they were put.
template <class T, class Compare>
class heap_store {
 public:
  void put(T&& item) {
    items_.push_back({std::move(item), ++puts_});
    std::push_heap(items_.begin(), items_.end(), comes_later);
  }
  T take() {
    std::pop_heap(items_.begin(), items_.end(), comes_later);
    T item(std::move(items_.back().item));
    items_.pop_back();
    return item;
  }
  [[nodiscard]] std::size_t size() const noexcept { return items_.size(); }

 private:
  struct entry {
    T item;
    std::uint64_t number;
  };
  static bool comes_later(const entry& left, const entry& right) {
    const Compare less{};
    if (less(left.item, right.item)) return true;
    if (less(right.item, left.item)) return false;
    return left.number > right.number;
  }

  std::vector<entry> items_;
  std::uint64_t puts_ = 0;
};

}  // namespace detail

/// At most `capacity` items; the greatest by `Compare` comes out first, as in std::priority_queue
/// (asyncio's takes the smallest: use std::greater<T> for that). Equal items keep their order.
///
/// All members stand in detail/basic_queue.hpp; the same serve `queue`. Threads: the loop's thread
/// only. Cost: O(log items) for put and get.
template <class T, class Compare = std::less<T>>
class priority_queue : public detail::basic_queue<T, detail::heap_store<T, Compare>> {
 public:
  using detail::basic_queue<T, detail::heap_store<T, Compare>>::basic_queue;
};

}  // namespace tridem
