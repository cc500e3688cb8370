// SPDX-License-Identifier: MIT
// queue<T>: a bounded pipe between tasks of one loop; closing it is an end, not an error.
#pragma once

#include <tridem/runtime/detail/basic_queue.hpp>

#include <cstddef>
#include <deque>
#include <utility>

namespace tridem {
namespace detail {

template <class T>
class fifo_store {
 public:
  void put(T&& item) { items_.push_back(std::move(item)); }
  T take() {
    T item(std::move(items_.front()));
    items_.pop_front();
    return item;
  }
  [[nodiscard]] std::size_t size() const noexcept { return items_.size(); }

 private:
  std::deque<T> items_;
};

}  // namespace detail

/// First in, first out, at most `capacity` items: `co_await q.put(x)`, `auto x = co_await q.get()`.
///
/// All members, with their errors and cancellation, stand in detail/basic_queue.hpp; the same serve
/// `priority_queue`. Threads: the loop's thread only.
template <class T>
class queue : public detail::basic_queue<T, detail::fifo_store<T>> {
 public:
  using detail::basic_queue<T, detail::fifo_store<T>>::basic_queue;
};

}  // namespace tridem
