// SPDX-License-Identifier: MIT
// imap on threads: results one by one, in order, while the next are being computed.
#pragma once

#include <tridem/pool/detail/thread_job.hpp>
#include <tridem/pool/detail/thread_map.hpp>
#include <tridem/runtime/async_generator.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/task_handle.hpp>

#include <cstddef>
#include <deque>
#include <memory>
#include <ranges>
#include <type_traits>
#include <utility>

namespace tridem::detail {

/// Jobs of an imap may outlive it, when it is dropped halfway, so they share the callable.
template <class F>
class shared_callable {
 public:
  explicit shared_callable(std::shared_ptr<F> f) noexcept : f_(std::move(f)) {}
  template <class Item>
    requires std::is_invocable_v<F&, Item>
  decltype(auto) operator()(Item&& item) {
    return call_with(*f_, std::forward<Item>(item));
  }

 private:
  std::shared_ptr<F> f_;
};

/// The jobs under way, oldest first; those that nobody will ask for are cancelled.
template <class R>
class job_window {
 public:
  job_window() = default;
  job_window(const job_window&) = delete;
  ~job_window() {
    for (task_handle<R>& job : jobs_) job.cancel();
  }

  [[nodiscard]] std::size_t size() const noexcept { return jobs_.size(); }
  void add(task_handle<R> job) { jobs_.push_back(std::move(job)); }
  [[nodiscard]] task_handle<R> take_oldest() {
    task_handle<R> oldest = std::move(jobs_.front());
    jobs_.pop_front();
    return oldest;
  }

 private:
  std::deque<task_handle<R>> jobs_;
};

template <class F, class View>
using imap_result_t =
    std::remove_cvref_t<std::invoke_result_t<F&, std::ranges::range_value_t<View>>>;

template <class F, class View>
async_generator<imap_result_t<F, View>> imap_on_threads(thread_crew& crew, job_options how,
                                                        std::shared_ptr<F> f, View items,
                                                        std::size_t in_flight) {
  using item = std::ranges::range_value_t<View>;
  job_window<imap_result_t<F, View>> window;
  auto at = std::ranges::begin(items);
  for (;;) {
    for (; window.size() < in_flight && at != std::ranges::end(items); ++at) {
      window.add(create_task(make_thread_call(crew, how, shared_callable<F>(f), item(*at))));
    }
    if (window.size() == 0) co_return;
    auto oldest = window.take_oldest();
    co_yield co_await std::move(oldest);
  }
}

}  // namespace tridem::detail
