// SPDX-License-Identifier: MIT
// The floor: the least code that does the same job as tridem's tasks. No cancellation, no errors,
// no async stack, no stack guard; frames from a free list, intrusive nodes, a plain ready queue.
//
// What a library costs is its distance from here. Reachable, not theoretical.
#pragma once

#include <array>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <new>
#include <utility>
#include <vector>

namespace bare {

/// Frames by 64-byte classes; never given back to malloc.
class frame_list {
 public:
  static void* take(std::size_t size) {
    const std::size_t index = (size - 1) / class_size;
    if (index >= heads_.size()) return ::operator new(size);
    if (free_frame* frame = heads_[index]) {
      heads_[index] = frame->next;
      return frame;
    }
    return ::operator new((index + 1) * class_size);
  }
  static void give(void* frame, std::size_t size) noexcept {
    const std::size_t index = (size - 1) / class_size;
    if (index >= heads_.size()) {
      ::operator delete(frame);
      return;
    }
    heads_[index] = ::new (frame) free_frame{heads_[index]};
  }

 private:
  struct free_frame {
    free_frame* next;
  };
  static constexpr std::size_t class_size = 64;
  static inline constinit thread_local std::array<free_frame*, 32> heads_{};
};

struct ready_node {
  std::coroutine_handle<> resume_point;
  ready_node* next = nullptr;
};

/// First in, first out.
class ready_queue {
 public:
  void push(ready_node& node) noexcept {
    node.next = nullptr;
    (head_ == nullptr ? head_ : last_->next) = &node;
    last_ = &node;
  }
  void run() {
    while (head_ != nullptr) std::exchange(head_, head_->next)->resume_point.resume();
  }

 private:
  ready_node* head_ = nullptr;
  ready_node* last_ = nullptr;
};
inline constinit thread_local ready_queue ready{};

struct promise_base {
  static void* operator new(std::size_t size) { return frame_list::take(size); }
  static void operator delete(void* frame, std::size_t size) noexcept {
    frame_list::give(frame, size);
  }

  struct final_awaiter {
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> self) const noexcept {
      return self.promise().continuation;
    }
    void await_resume() const noexcept {}
  };
  std::suspend_always initial_suspend() const noexcept { return {}; }
  final_awaiter final_suspend() const noexcept { return {}; }
  [[noreturn]] void unhandled_exception() const noexcept { std::terminate(); }

  std::coroutine_handle<> continuation = std::noop_coroutine();
};

template <class T>
struct value_promise : promise_base {
  void return_value(T v) noexcept { value = std::move(v); }
  T take() noexcept { return std::move(value); }
  T value{};
};
template <>
struct value_promise<void> : promise_base {
  void return_void() const noexcept {}
  void take() const noexcept {}
};

/// A lazy coroutine.
template <class T = void>
class task {
 public:
  struct promise_type : value_promise<T> {
    task get_return_object() noexcept {
      return task(std::coroutine_handle<promise_type>::from_promise(*this));
    }
  };
  using frame_handle = std::coroutine_handle<promise_type>;

  task(task&& other) noexcept : frame(std::exchange(other.frame, nullptr)) {}
  ~task() {
    if (frame) frame.destroy();
  }

  struct awaiter {
    bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiting) const noexcept {
      frame.promise().continuation = awaiting;
      return frame;
    }
    T await_resume() const noexcept { return frame.promise().take(); }
    frame_handle frame;
  };
  awaiter operator co_await() const noexcept { return {frame}; }

  frame_handle frame;

 private:
  explicit task(frame_handle made) noexcept : frame(made) {}
};

/// Runs `body` and all that becomes ready meanwhile.
inline void run(task<> body) {
  ready_node start{body.frame};
  ready.push(start);
  ready.run();
}

/// `co_await yield()`: behind all that is ready.
struct yield : ready_node {
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> self) noexcept {
    resume_point = self;
    ready.push(*this);
  }
  void await_resume() const noexcept {}
};

/// A child that counts down its parent's integer.
struct counted {
  struct promise_type : promise_base {
    counted get_return_object() noexcept {
      return {std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    struct last_awaiter {
      bool await_ready() const noexcept { return false; }
      std::coroutine_handle<> await_suspend(
          std::coroutine_handle<promise_type> self) const noexcept {
        promise_type& ended = self.promise();
        return --*ended.left == 0 ? ended.continuation : std::noop_coroutine();
      }
      void await_resume() const noexcept {}
    };
    last_awaiter final_suspend() const noexcept { return {}; }
    void return_value(int v) noexcept { value = v; }

    ready_node node;
    std::size_t* left = nullptr;
    int value = 0;
  };
  std::coroutine_handle<promise_type> frame;
};

/// `co_await all(children)`: starts them, in place or through the ready queue, and waits for all.
class all {
 public:
  enum class how : bool { in_place, queued };
  all(std::vector<counted>& children, how start) noexcept : children_(children), start_(start) {}

  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> parent) {
    left_ = children_.size() + 1;
    for (const counted& child : children_) {
      counted::promise_type& promise = child.frame.promise();
      promise.continuation = parent;
      promise.left = &left_;
      if (start_ == how::in_place) {
        child.frame.resume();
      } else {
        promise.node.resume_point = child.frame;
        ready.push(promise.node);
      }
    }
    return --left_ != 0;
  }
  /// The sum of the values of all children.
  long await_resume() const {
    long sum = 0;
    for (const counted& child : children_) {
      sum += child.frame.promise().value;
      child.frame.destroy();
    }
    return sum;
  }

 private:
  std::vector<counted>& children_;
  std::size_t left_ = 0;
  how start_;
};

/// `co_await e`: waits until `e.set()`.
class event {
 public:
  struct awaiter : ready_node {
    explicit awaiter(event& awaited) noexcept : event_(awaited) {}
    bool await_ready() const noexcept { return event_.is_set_; }
    void await_suspend(std::coroutine_handle<> self) noexcept {
      resume_point = self;
      next = std::exchange(event_.waiters_, this);
    }
    void await_resume() const noexcept {}

   private:
    event& event_;
  };
  awaiter operator co_await() noexcept { return awaiter(*this); }
  void set() noexcept {
    is_set_ = true;
    while (waiters_ != nullptr) {
      ready_node& node = *std::exchange(waiters_, waiters_->next);
      ready.push(node);
    }
  }

 private:
  ready_node* waiters_ = nullptr;
  bool is_set_ = false;
};

}  // namespace bare
