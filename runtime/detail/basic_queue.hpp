// SPDX-License-Identifier: MIT
// What queue and priority_queue share: bounded, waiting on both sides, closing as an end.
#pragma once

#include <tridem/runtime/detail/debug_checks.hpp>
#include <tridem/runtime/detail/wait_list.hpp>

#include <cstddef>
#include <optional>
#include <utility>

namespace tridem::detail {

/// At most `capacity` items; producers wait for room, consumers for items, each in order of
/// arrival. `Store` decides which item comes out next: put(T&&), take(), size().
///
/// `join` waits until every item that was put has been answered by `task_done`, as in asyncio.
/// Threads: the loop's thread only. Cost: no allocation per wait.
template <class T, class Store>
class basic_queue {
 public:
  /// @param capacity  Items, at least 1.
  explicit basic_queue(std::size_t capacity) : capacity_(capacity) {
    TRIDEM_ASSERT(capacity > 0, "a queue needs a capacity of at least 1");
  }
  basic_queue(const basic_queue&) = delete;
  basic_queue& operator=(const basic_queue&) = delete;

  [[nodiscard]] std::size_t size() const noexcept { return items_.size(); }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  [[nodiscard]] bool empty() const noexcept { return items_.size() == 0; }
  [[nodiscard]] bool full() const noexcept { return items_.size() >= capacity_; }
  [[nodiscard]] bool is_closed() const noexcept { return closed_; }

  /// Puts without waiting. False when the queue is full or closed; `item` is then untouched.
  [[nodiscard]] bool try_put(T&& item) {
    home_.check("queue::put");
    if (closed_) return false;
    if (!getters_.empty()) {
      static_cast<get_awaiter&>(getters_.front()).item_.emplace(std::move(item));
      ++unfinished_;
      getters_.complete_front();
      return true;
    }
    if (full()) return false;
    items_.put(std::move(item));
    ++unfinished_;
    return true;
  }
  [[nodiscard]] bool try_put(const T& item) { return try_put(T(item)); }

  /// Takes without waiting; empty when there is nothing.
  [[nodiscard]] std::optional<T> try_get() {
    home_.check("queue::get");
    // Where memory ran out while an item moved up, its producer still waits beside an empty queue.
    if (empty()) return putters_.empty() ? std::nullopt : take_from_producer();
    std::optional<T> item(items_.take());
    if (!putters_.empty()) move_up_next_producer();
    return item;
  }

  /// No more items: waiting and later `put`s give false, `get`s give what is left and then nothing.
  void close() noexcept {
    home_.check("queue::close");
    closed_ = true;
    while (!putters_.empty()) {
      static_cast<put_awaiter&>(putters_.front()).refused_ = true;
      putters_.complete_front();
    }
    while (!getters_.empty()) getters_.complete_front();
  }

  /// Says that an item that was taken has been dealt with.
  void task_done() noexcept {
    home_.check("queue::task_done");
    TRIDEM_ASSERT(unfinished_ > 0, "queue::task_done was called more often than items were put");
    if (--unfinished_ == 0) {
      while (!joiners_.empty()) joiners_.complete_front();
    }
  }

 private:
  class put_awaiter final : public list_waiter {
   public:
    put_awaiter(basic_queue& into, T&& item) : into_(into), item_(std::move(item)) {}
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> awaiting) {
      cut_short = cancelled_at(awaiting);
      if (cut_short) return false;
      refused_ = into_.closed_;
      if (refused_ || into_.try_put(std::move(*item_))) return false;
      into_.putters_.add(*this, awaiting);
      return true;
    }
    bool await_resume() const {
      if (cut_short) throw_cancelled();
      return !refused_;
    }

   private:
    friend basic_queue;
    [[nodiscard]] const char* what() const noexcept override { return "queue.put"; }

    bool refused_ = false;
    basic_queue& into_;
    std::optional<T> item_;
  };

  class get_awaiter final : public list_waiter {
   public:
    explicit get_awaiter(basic_queue& from) noexcept : from_(from) {}
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> awaiting) {
      cut_short = cancelled_at(awaiting);
      if (cut_short) return false;
      if (std::optional<T> item = from_.try_get()) item_.emplace(std::move(*item));
      if (item_ || from_.closed_) return false;
      from_.getters_.add(*this, awaiting);
      return true;
    }
    std::optional<T> await_resume() {
      if (cut_short) throw_cancelled();
      return std::move(item_);
    }

   private:
    friend basic_queue;
    [[nodiscard]] const char* what() const noexcept override { return "queue.get"; }

    basic_queue& from_;
    std::optional<T> item_;
  };

  class join_awaiter final : public list_waiter {
   public:
    explicit join_awaiter(basic_queue& joined) noexcept : joined_(joined) {}
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> awaiting) noexcept {
      cut_short = cancelled_at(awaiting);
      if (cut_short || joined_.unfinished_ == 0) return false;
      joined_.joiners_.add(*this, awaiting);
      return true;
    }
    void await_resume() const {
      if (cut_short) throw_cancelled();
    }

   private:
    [[nodiscard]] const char* what() const noexcept override { return "queue.join"; }

    basic_queue& joined_;
  };

  class [[nodiscard]] put_awaitable {
   public:
    put_awaitable(basic_queue& into, T&& item) : into_(&into), item_(std::move(item)) {}
    put_awaiter operator co_await() && { return put_awaiter(*into_, std::move(item_)); }

   private:
    basic_queue* into_;
    T item_;
  };
  class [[nodiscard]] get_awaitable {
   public:
    explicit get_awaitable(basic_queue& from) noexcept : from_(&from) {}
    get_awaiter operator co_await() const noexcept { return get_awaiter(*from_); }

   private:
    basic_queue* from_;
  };
  class [[nodiscard]] join_awaitable {
   public:
    explicit join_awaitable(basic_queue& joined) noexcept : joined_(&joined) {}
    join_awaiter operator co_await() const noexcept { return join_awaiter(*joined_); }

   private:
    basic_queue* joined_;
  };

 public:
  /// Puts `item`, waiting for room. Gives false when the queue is closed: the item is then dropped.
  ///
  /// Cancellation: at once, the item is not put; a put that has happened wins.
  put_awaitable put(T item) { return put_awaitable(*this, std::move(item)); }

  /// Takes the oldest item, waiting for one. Empty when the queue is closed and drained.
  ///
  /// Cancellation: at once; an item that was handed over already is delivered, never lost.
  get_awaitable get() noexcept { return get_awaitable(*this); }

  /// Waits until `task_done` was called for every item that was put.
  join_awaitable join() noexcept { return join_awaitable(*this); }

 private:
  std::optional<T> take_from_producer() {
    std::optional<T> item(std::move(static_cast<put_awaiter&>(putters_.front()).item_));
    ++unfinished_;
    putters_.complete_front();
    return item;
  }
  void move_up_next_producer() noexcept {
    try {
      items_.put(std::move(*static_cast<put_awaiter&>(putters_.front()).item_));
    } catch (...) {
      return;  // nothing was moved: it waits on, and the next `get` takes it
    }
    ++unfinished_;
    putters_.complete_front();
  }

  const std::size_t capacity_;
  Store items_;
  wait_list getters_;
  wait_list putters_;
  wait_list joiners_;
  std::size_t unfinished_ = 0;
  thread_home home_;
  bool closed_ = false;
};

}  // namespace tridem::detail
