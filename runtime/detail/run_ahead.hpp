// SPDX-License-Identifier: MIT
// buffered, buffered_unordered and merge: streams whose sources run ahead of the reader.
#pragma once

#include <tridem/runtime/async_generator.hpp>
#include <tridem/runtime/detail/fan_in.hpp>
#include <tridem/runtime/detail/gather_awaiter.hpp>
#include <tridem/runtime/semaphore.hpp>
#include <tridem/runtime/task_group.hpp>

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace tridem::detail {

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
    if (shared.reader_has_gone) co_return;
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
  reader_presence here(*shared);
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
        if (shared.reader_has_gone) co_return;
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
  reader_presence here(*shared);
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
    if (shared.reader_has_gone) co_return;
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
  reader_presence here(*shared);
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
