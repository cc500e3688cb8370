// SPDX-License-Identifier: MIT
// Task groups: tasks that never outlive the block that started them.
#pragma once

#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/detail/this_strand.hpp>

#include <exception>
#include <optional>
#include <type_traits>
#include <vector>

namespace tridem {

/// The children of one `with_task_group` block. Lives as long as the block; never ends before its
/// children.
///
/// Threads: the loop's thread only.
class task_group : private detail::task_owner {
 public:
  task_group(const task_group&) = delete;
  task_group& operator=(const task_group&) = delete;
  ~task_group();

  /// Starts a child; as the free `create_task`, but the child belongs to this group. Aborts once
  /// the group has ended.
  template <awaitable A>
  auto create_task(A&& a, std::string name = {},
                   std::source_location where = std::source_location::current()) {
    return spawn(detail::as_task(std::forward<A>(a)), std::move(name), where);
  }
  /// Callable and arguments are kept alive until the child has ended.
  template <class F, class... Args>
    requires(!awaitable<F> && std::invocable<std::decay_t<F>&, std::decay_t<Args>...>)
  [[gnu::always_inline]] auto create_task(F&& f, Args&&... args) {
    return spawn(detail::as_task_call(std::forward<F>(f), std::forward<Args>(args)...), {},
                 detail::call_site(detail::calling_code()));
  }

  /// Requests all children to stop, those to come included; not the body.
  void cancel() noexcept { children_scope_.cancel(); }
  /// Children that have not ended.
  [[nodiscard]] std::size_t size() const noexcept { return running_; }

  class all_ended;
  /// Library use: see with_task_group.
  explicit task_group(detail::strand& line) noexcept;
  void body_failed(std::exception_ptr error) noexcept;
  /// Throws what the group has to say; returns when all is well.
  void conclude();
  detail::scope_node& scope() noexcept { return scope_; }
  /// From now on `who` is told of the end of each child, and the errors of children are its matter:
  /// they neither stop nor fail the group.
  void tell(detail::task_owner& who) noexcept { told_ = &who; }
  void open() noexcept;
  void close() noexcept;

 private:
  template <class T>
  task_handle<T> spawn(task<T> body, std::string name, detail::call_site where) {
    TRIDEM_ASSERT(is_open_, "create_task was called on a task group that has ended");
    auto handle = detail::spawn(static_cast<event_loop&>(*line_.loop), children_scope_,
                                std::move(body), std::move(name), where);
    ++running_;  // it has not begun, and from here on nothing throws
    return handle;
  }
  void child_ended(detail::task_control_base& child) noexcept override;
  void add_error(std::exception_ptr error) noexcept;

  detail::strand& line_;      // of the body
  detail::scope_node scope_;  // body and, below it, children: the first failure stops both
  detail::group_scope children_scope_{*this};  // what cancel() stops
  std::vector<std::exception_ptr> errors_;
  std::exception_ptr cut_short_;  // `cancelled`, as the body or a child threw it
  std::size_t running_ = 0;
  detail::strand* waiting_ = nullptr;
  detail::task_owner* told_ = nullptr;
  bool is_open_ = false;
  bool has_lost_errors_ = false;  // there was no memory to keep one
};

/// The wait for the last child. Not cancellable: a request reaches the children, and they end.
class task_group::all_ended final : public detail::suspension {
 public:
  explicit all_ended(task_group& group) noexcept : group_(group) {}
  all_ended(const all_ended&) = delete;
  bool await_ready() const noexcept { return group_.running_ == 0; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> awaiting) noexcept {
    detail::promise_base& frame = awaiting.promise();
    group_.waiting_ = frame.line;
    frame.line->suspend_in(*this, awaiting, frame);
  }
  void await_resume() const noexcept {}
  void request_cancel() noexcept override {}
  void describe(char* out, std::size_t size) const noexcept override;

 private:
  task_group& group_;
};

namespace detail {

class all_ended_awaitable {
 public:
  explicit all_ended_awaitable(task_group& group) noexcept : group_(&group) {}
  task_group::all_ended operator co_await() const noexcept {
    return task_group::all_ended(*group_);
  }

 private:
  task_group* group_;
};

template <class R, class F>
task<R> run_task_group(F body) {
  strand& line = co_await this_strand();
  task_group group(line);
  std::conditional_t<std::is_void_v<R>, bool, std::optional<R>> value{};
  {
    scope_entry inside(line, group.scope());
    group.open();
    try {
      if constexpr (std::is_void_v<R>) {
        co_await body(group);
      } else {
        value.emplace(co_await body(group));
      }
    } catch (...) {
      group.body_failed(std::current_exception());
    }
    // Somebody else may have added a child between the end of the last one and this line.
    while (group.size() > 0) co_await all_ended_awaitable(group);
    group.close();
  }
  group.conclude();
  if constexpr (!std::is_void_v<R>) co_return std::move(*value);
}

}  // namespace detail

/// Awaits `body(group)`, then all children that it started in the group; gives what the body
/// returned.
///
/// @param body    Takes `task_group&`, returns something awaitable; kept alive until the group has
/// ended. Errors:        the first failure, of body or child, cancels all the others; when they
/// have ended, always an
///                `exception_group` with every error is thrown, also for a single one.
/// Cancellation:  from outside reaches body and children; `cancelled` is thrown when that cut any
/// of them and nothing failed. Threads:       resumes on the same loop.
template <class F>
auto with_task_group(F&& body) {
  TRIDEM_GUARD_CALLABLE(F);
  using value = awaited_t<std::invoke_result_t<std::decay_t<F>&, task_group&>>;
  return detail::run_task_group<value, std::decay_t<F>>(std::forward<F>(body));
}

}  // namespace tridem
