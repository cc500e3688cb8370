// SPDX-License-Identifier: MIT
// concurrent_queue<T>: a bounded pipe between loops and threads.
#pragma once

#include <tridem/runtime/cancellation.hpp>
#include <tridem/runtime/detail/concurrent_waiter.hpp>
#include <tridem/runtime/detail/promise.hpp>
#include <tridem/runtime/event_loop.hpp>

#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace tridem {

/// First in, first out, at most `capacity` items. Tasks of any loop await `put` and `get`; plain
/// threads use the `try_` forms.
///
/// A task always resumes on its own loop. An item handed to a task whose loop is ending is
/// delivered: `run` awaits it. Threads: all members from any thread; awaiting from loops. Cost: one
/// lock per operation; a wake-up when a waiting task's loop sleeps.
template <class T>
class concurrent_queue {
  using lock = std::unique_lock<std::mutex>;
  using waiter_list =
      detail::intrusive_list<detail::concurrent_waiter, detail::concurrent_waiter_tag>;

 public:
  /// @param capacity  Items, at least 1.
  explicit concurrent_queue(std::size_t capacity) : capacity_(capacity) {
    TRIDEM_ASSERT(capacity > 0, "a concurrent_queue needs a capacity of at least 1");
  }
  concurrent_queue(const concurrent_queue&) = delete;
  concurrent_queue& operator=(const concurrent_queue&) = delete;
  ~concurrent_queue() {
    TRIDEM_ASSERT(getters_.empty() && putters_.empty(),
                  "a concurrent_queue was destroyed while tasks wait for it");
  }

  [[nodiscard]] std::size_t size() const {
    lock held(mutex_);
    return items_.size();
  }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

  /// Puts without waiting. False when the queue is full or closed; `item` is then untouched.
  [[nodiscard]] bool try_put(T&& item) {
    lock held(mutex_);
    return !closed_ && put_now(item);
  }
  /// Takes without waiting; empty when there is nothing.
  [[nodiscard]] std::optional<T> try_get() {
    lock held(mutex_);
    return take_now();
  }
  /// No more items: waiting and later `put`s give false, `get`s give what is left and then nothing.
  void close() {
    lock held(mutex_);
    closed_ = true;
    while (!putters_.empty()) static_cast<putter&>(putters_.pop_front()).refuse();
    while (!getters_.empty()) static_cast<getter&>(getters_.pop_front()).give(std::nullopt);
  }

 private:
  class getter final : public detail::concurrent_waiter {
   public:
    explicit getter(concurrent_queue& from) noexcept
        : concurrent_waiter("concurrent_queue.get"), from_(from) {}
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> awaiting) {
      detail::promise_base& frame = awaiting.promise();
      cut_short_ = frame.line->scope->is_cancelled();
      if (cut_short_) return false;
      lock held(from_.mutex_);
      item_ = from_.take_now();
      if (item_ || from_.closed_) return false;
      home_ = frame.line->loop;
      frame.line->suspend_in(*this, awaiting, frame);
      from_.getters_.push_back(*this);
      return true;
    }
    std::optional<T> await_resume() {
      if (cut_short_) throw_cancelled();
      return std::move(item_);
    }
    void request_cancel() noexcept override {
      {
        lock held(from_.mutex_);
        if (!is_linked()) return;  // an item is on its way
        waiter_list::erase(*this);
      }
      cut_short_ = true;
      waiter->complete();
    }
    void give(std::optional<T> item) {
      item_ = std::move(item);
      hand_to_its_loop();
    }

   private:
    void take_back() noexcept override {
      lock held(from_.mutex_);
      cut_short_ = item_ && from_.put_back(*item_);
    }

    concurrent_queue& from_;
    std::optional<T> item_;
  };

  class putter final : public detail::concurrent_waiter {
   public:
    putter(concurrent_queue& into, T&& item)
        : concurrent_waiter("concurrent_queue.put"), into_(into), item_(std::move(item)) {}
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> awaiting) {
      detail::promise_base& frame = awaiting.promise();
      cut_short_ = frame.line->scope->is_cancelled();
      if (cut_short_) return false;
      lock held(into_.mutex_);
      refused_ = into_.closed_;
      if (refused_ || into_.put_now(item_)) return false;
      home_ = frame.line->loop;
      frame.line->suspend_in(*this, awaiting, frame);
      into_.putters_.push_back(*this);
      return true;
    }
    bool await_resume() const {
      if (cut_short_) throw_cancelled();
      return !refused_;
    }
    void request_cancel() noexcept override {
      {
        lock held(into_.mutex_);
        if (!is_linked()) return;  // it has been put
        waiter_list::erase(*this);
      }
      cut_short_ = true;
      waiter->complete();
    }
    T& item() noexcept { return item_; }
    void accepted() noexcept { hand_to_its_loop(); }
    void refuse() noexcept {
      refused_ = true;
      hand_to_its_loop();
    }

   private:
    concurrent_queue& into_;
    T item_;
    bool refused_ = false;
  };

  class [[nodiscard]] get_awaitable {
   public:
    explicit get_awaitable(concurrent_queue& from) noexcept : from_(&from) {}
    getter operator co_await() const noexcept { return getter(*from_); }

   private:
    concurrent_queue* from_;
  };
  class [[nodiscard]] put_awaitable {
   public:
    put_awaitable(concurrent_queue& into, T&& item) : into_(&into), item_(std::move(item)) {}
    putter operator co_await() && { return putter(*into_, std::move(item_)); }

   private:
    concurrent_queue* into_;
    T item_;
  };

  // Both under the lock.
  bool put_now(T& item) {
    if (!getters_.empty()) {
      static_cast<getter&>(getters_.pop_front()).give(std::move(item));
      return true;
    }
    if (items_.size() >= capacity_) return false;
    items_.push_back(std::move(item));
    return true;
  }
  bool put_back(T& item) noexcept {
    if (!getters_.empty()) return put_now(item);
    try {
      items_.push_front(std::move(item));
    } catch (...) {
      return false;
    }
    return true;
  }
  std::optional<T> take_now() {
    std::optional<T> item;
    if (!items_.empty()) {
      item.emplace(std::move(items_.front()));
      items_.pop_front();
    }
    if (!putters_.empty()) move_up(static_cast<putter&>(putters_.front()), item);
    return item;
  }

  void move_up(putter& next, std::optional<T>& item) noexcept {
    try {
      if (item) items_.push_back(std::move(next.item()));
    } catch (...) {
      return;  // no memory: it waits on, and who takes next gets its item
    }
    if (!item) item.emplace(std::move(next.item()));
    putters_.pop_front();
    next.accepted();
  }

 public:
  /// Puts `item`, waiting for room. Gives false when the queue is closed: the item is then dropped.
  ///
  /// Cancellation: at once, the item is not put; a put that has happened wins.
  put_awaitable put(T item) { return put_awaitable(*this, std::move(item)); }
  /// Takes the oldest item, waiting for one. Empty when the queue is closed and drained.
  ///
  /// Cancellation: at once; an item that is on its way is delivered, never lost.
  get_awaitable get() noexcept { return get_awaitable(*this); }

 private:
  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::deque<T> items_;
  waiter_list getters_;
  waiter_list putters_;
  bool closed_ = false;
};

}  // namespace tridem
