// SPDX-License-Identifier: MIT
// The ends of several tasks, in the order in which they happen.
#pragma once

#include <tridem/runtime/detail/task_control.hpp>
#include <tridem/runtime/detail/wait_list.hpp>

#include <cstddef>
#include <deque>

namespace tridem::detail {

/// Watches tasks, each under an index, and gives the indices of those that have ended. One reader.
class completion_queue {
  class watcher;

 public:
  completion_queue() = default;
  completion_queue(const completion_queue&) = delete;
  completion_queue& operator=(const completion_queue&) = delete;
  ~completion_queue() {
    for (watcher& one : watchers_) {
      if (one.is_linked()) one.watched.watchers.erase(one);  // so it has not ended
    }
  }

  void watch(task_control_base& watched, std::size_t index) {
    watcher& added = watchers_.emplace_back(*this, watched, index);
    if (watched.done()) {
      add_ended(added);
    } else {
      watched.watchers.push_back(added);
    }
  }

  class next_awaiter final : public list_waiter {
   public:
    explicit next_awaiter(completion_queue& from) noexcept : from_(from) {}
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> awaiting) noexcept {
      cut_short = cancelled_at(awaiting);
      if (cut_short || from_.first_ended_ != nullptr) return false;
      from_.reader_.add(*this, awaiting);
      return true;
    }
    std::size_t await_resume() {
      if (cut_short) throw_cancelled();
      const watcher& first = *from_.first_ended_;
      from_.first_ended_ = first.next_ended;
      return first.index;
    }

   private:
    [[nodiscard]] const char* what() const noexcept override { return "tasks"; }

    completion_queue& from_;
  };
  class next_awaitable {
   public:
    explicit next_awaitable(completion_queue& from) noexcept : from_(&from) {}
    next_awaiter operator co_await() const noexcept { return next_awaiter(*from_); }

   private:
    completion_queue* from_;
  };

  /// The index of the next task that has ended; there must be one left.
  [[nodiscard]] next_awaitable next() noexcept { return next_awaitable(*this); }

 private:
  // The end of a task must not need memory: who has ended is linked.
  class watcher final : public task_watcher {
   public:
    watcher(completion_queue& queue, task_control_base& one, std::size_t of) noexcept
        : watched(one), index(of), queue_(queue) {}
    void task_ended() noexcept override {
      queue_.add_ended(*this);
      if (!queue_.reader_.empty()) queue_.reader_.complete_front();
    }

    task_control_base& watched;
    const std::size_t index;
    watcher* next_ended = nullptr;

   private:
    completion_queue& queue_;
  };

  void add_ended(watcher& one) noexcept {
    (first_ended_ == nullptr ? first_ended_ : last_ended_->next_ended) = &one;
    last_ended_ = &one;
  }

  std::deque<watcher> watchers_;  // a deque: what is linked must stay in place
  watcher* first_ended_ = nullptr;
  watcher* last_ended_ = nullptr;
  wait_list reader_;
};

}  // namespace tridem::detail
