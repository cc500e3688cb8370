// SPDX-License-Identifier: MIT
// Streams that are fed by tasks of their own: the machinery of buffered and merge.
#pragma once

#include <tridem/runtime/async_generator.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/detail/async_stack.hpp>
#include <tridem/runtime/detail/gather_awaiter.hpp>
#include <tridem/runtime/exception.hpp>
#include <tridem/runtime/exception_group.hpp>
#include <tridem/runtime/queue.hpp>
#include <tridem/runtime/semaphore.hpp>
#include <tridem/runtime/task_group.hpp>

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace tridem::detail {

/// What the feeding tasks share with the reader. Counted, because the tasks end after a reader that
/// has gone.
template <class Item>
class fan_in {
 public:
  explicit fan_in(std::size_t bound) : room(bound), items(bound) {}

  ~fan_in() {
    if (error_ != nullptr && !is_told_) report_unheard("a stream failed after its reader", error_);
  }

  void feeder_ended(const std::exception_ptr& failure) noexcept {
    --feeders;
    // While somebody reads, only the end of `run` stops it: an end that is no end of the source.
    is_cut_ = is_cut_ || is_cancelled_exception(failure);
    fail(failure);
    if (feeders == 0) items.close();
  }
  /// The first failure ends the stream; later ones are its notes.
  void fail(const std::exception_ptr& failure) noexcept {
    if (failure == nullptr || is_cancelled_exception(failure)) return;
    if (error_ == nullptr) {
      error_ = failure;
      continue_stack(error_);
      items.close();
    } else if (is_told_) {
      report_unheard("a stream failed once more", failure);
    } else {
      note_beside(error_, "also failed beside it", failure);
    }
  }
  /// What came before has been read: throws what ended the stream, if it was not the source.
  void conclude() {
    if (error_ != nullptr && !std::exchange(is_told_, true)) std::rethrow_exception(error_);
    if (error_ == nullptr && is_cut_) throw task_cancelled("stream");
  }

  semaphore room;  // permits for what is under way or unread; outlives the items that hold them
  queue<Item> items;
  std::size_t feeders = 0;

 private:
  std::exception_ptr error_;
  bool is_told_ = false;
  bool is_cut_ = false;
};

/// Runs `feed` as a root task that is cancelled when the reader's frame goes.
class feeding_tasks {
 public:
  feeding_tasks() = default;
  feeding_tasks(const feeding_tasks&) = delete;
  feeding_tasks& operator=(const feeding_tasks&) = delete;
  ~feeding_tasks() {
    for (task_handle<void>& one : handles_) one.cancel();
  }

  template <class Item>
  void start(std::shared_ptr<fan_in<Item>> shared, task<> feed) {
    handles_.reserve(handles_.size() + 1);
    fan_in<Item>& fed = *shared;
    handles_.push_back(create_task(report_end(std::move(shared), std::move(feed)), "stream"));
    ++fed.feeders;  // it has not begun
  }

 private:
  template <class Item>
  static task<> report_end(std::shared_ptr<fan_in<Item>> shared, task<> feed) {
    std::exception_ptr failure;
    try {
      co_await std::move(feed);
    } catch (...) {
      failure = std::current_exception();
    }
    shared->feeder_ended(failure);
  }

  std::vector<task_handle<void>> handles_;
};

/// A task started ahead of its reader: cancelled when nobody came for it.
template <class T>
class started {
 public:
  started(task_handle<T> running, semaphore::permit place)
      : permit_(std::move(place)), task_(std::move(running)) {}
  started(started&& other) noexcept
      : permit_(std::move(other.permit_)), task_(std::exchange(other.task_, std::nullopt)) {}
  started& operator=(started&&) = delete;
  ~started() {
    if (task_ && !task_->done()) task_->cancel();
  }
  [[nodiscard]] task_handle<T>& running() noexcept { return *task_; }

 private:
  semaphore::permit permit_;
  std::optional<task_handle<T>> task_;
};

template <class A>
task<> start_each(async_generator<A> source, fan_in<started<as_task_value_t<A>>>& shared) {
  for (;;) {
    auto permit = co_await shared.room.acquire();
    A* item = co_await source.next();
    if (item == nullptr) co_return;
    started<as_task_value_t<A>> next(create_task(std::move(*item)), std::move(permit));
    const bool is_read = co_await shared.items.put(std::move(next));
    if (!is_read) co_return;
  }
}

template <class A>
async_generator<void_to_monostate<as_task_value_t<A>>> buffered_in_order(async_generator<A> source,
                                                                         std::size_t bound) {
  using value = as_task_value_t<A>;
  auto shared = std::make_shared<fan_in<started<value>>>(bound);
  feeding_tasks feeding;
  feeding.start(shared, start_each(std::move(source), *shared));
  for (;;) {
    auto next = co_await shared->items.get();
    if (!next) break;
    if constexpr (std::is_void_v<value>) {
      co_await next->running();
      co_yield std::monostate{};
    } else {
      value result = std::move(co_await next->running());
      next.reset();  // its permit lets the source go on while the result is used
      co_yield std::move(result);
    }
  }
  shared->conclude();
}

template <class T>
struct finished {
  T value;
  semaphore::permit permit;
};

template <class A, class T>
task<> finish_one(A item, semaphore::permit permit, fan_in<finished<T>>& shared) {
  try {
    if constexpr (std::is_void_v<as_task_value_t<A>>) {
      co_await std::move(item);
      finished<T> ready{T(), std::move(permit)};
      co_await shared.items.put(std::move(ready));
    } else {
      // Named first: g++ 12 destroys what is awaited inside an aggregate twice.
      T value = co_await std::move(item);
      finished<T> ready{std::move(value), std::move(permit)};
      co_await shared.items.put(std::move(ready));
    }
  } catch (...) {
    shared.fail(std::current_exception());
    throw;
  }
}

template <class A, class T>
task<> finish_each(async_generator<A> source, fan_in<finished<T>>& shared) {
  auto start_all = [&source, &shared](task_group& running) -> task<> {
    try {
      for (;;) {
        auto permit = co_await shared.room.acquire();
        A* item = co_await source.next();
        if (item == nullptr) co_return;
        (void)running.create_task(finish_one<A, T>(std::move(*item), std::move(permit), shared));
      }
    } catch (...) {
      shared.fail(std::current_exception());
      throw;
    }
  };
  try {
    co_await with_task_group(start_all);
  } catch (const exception_group&) {
    // Each has been told by itself already.
  }
}

template <class A>
async_generator<void_to_monostate<as_task_value_t<A>>> buffered_as_ready(async_generator<A> source,
                                                                         std::size_t bound) {
  using value = void_to_monostate<as_task_value_t<A>>;
  auto shared = std::make_shared<fan_in<finished<value>>>(bound);
  feeding_tasks feeding;
  feeding.start(shared, finish_each<A, value>(std::move(source), *shared));
  for (;;) {
    auto next = co_await shared->items.get();
    if (!next) break;
    next->permit.release();
    co_yield std::move(next->value);
  }
  shared->conclude();
}

template <class T>
task<> forward_each(async_generator<T> source, fan_in<T>& shared) {
  for (;;) {
    T* item = co_await source.next();
    if (item == nullptr) co_return;
    const bool is_read = co_await shared.items.put(std::move(*item));
    if (!is_read) co_return;
  }
}

template <class T>
async_generator<T> merged(std::vector<async_generator<T>> sources) {
  auto shared = std::make_shared<fan_in<T>>(sources.size());
  feeding_tasks feeding;
  for (async_generator<T>& source : sources) {
    feeding.start(shared, forward_each(std::move(source), *shared));
  }
  for (;;) {
    auto next = co_await shared->items.get();
    if (!next) break;
    co_yield std::move(*next);
  }
  shared->conclude();
}

}  // namespace tridem::detail
