// SPDX-License-Identifier: MIT
// remote<T>: an object that lives in a process of its own, and whose members are awaited.
#pragma once

#include <tridem/pool/detail/remote_home.hpp>
#include <tridem/pool/detail/remote_object.hpp>
#include <tridem/pool/process_options.hpp>
#include <tridem/pool/process_pool.hpp>
#include <tridem/runtime/task.hpp>

#include <memory>
#include <type_traits>
#include <utility>

namespace tridem {

/// A T in a worker process: its state stays there, calls go to it.
///
///   auto words = co_await remote<dictionary>::make("en");
///   co_await words.call<&dictionary::add>("house", "Haus");
///   auto word = co_await words.call<&dictionary::find>("house");
///
/// Calls run one at a time, in the order in which they are awaited. Arguments and results cross by
/// codec<T>. A crash of the process is the end of the object: the call that ran fails with
/// worker_crashed, and so does each one after it; nothing is made again behind your back.
///
/// The object is destroyed by `close`; without it, its process is just ended, which takes some
/// milliseconds.
///
/// Threads: one loop's thread.
template <class T>
class remote {
 public:
  /// Starts a process and makes the object there.
  ///
  /// Errors:        what the constructor throws; worker_crashed; pool_start_error.
  /// Cancellation:  as process_pool::submit.
  /// Threads:       resumes on the same loop.
  /// Cost:          a fork of the server that it shares with `process`; the first one starts it.
  template <class... Args>
  [[nodiscard]] static task<remote> make(Args&&... args) {
    return make_with({}, std::forward<Args>(args)...);
  }

  /// Makes objects in processes that have options: `remote<T>::with(options).make(args...)`. They
  /// are borrowed for that expression, and need a name: g++ 12 destroys temporaries with members of
  /// their own twice inside a co_await expression. Limits are in force before the constructor runs.
  class with_options {
   public:
    explicit with_options(const process_options& how) noexcept : how_(&how) {}
    template <class... Args>
    [[nodiscard]] task<remote> make(Args&&... args) const {
      return make_with(*how_, std::forward<Args>(args)...);
    }

   private:
    const process_options* how_;
  };
  [[nodiscard]] static with_options with(const process_options& how) noexcept {
    return with_options(how);
  }
  static with_options with(const process_options&& how) = delete;

  remote(remote&&) noexcept = default;
  remote& operator=(remote&&) noexcept = default;

  /// Calls a member function of T, or a function whose first parameter is T& or const T&. What
  /// returns a reference gives a copy.
  ///
  /// Errors:        what the function throws; worker_crashed; what encoding throws.
  /// Cancellation:  a call that waits is withdrawn. One that runs is asked to stop
  ///                (cancel_requested); if it does not, its process is ended, and the object is
  ///                gone.
  /// Threads:       resumes on the same loop.
  template <auto Method, class... Args>
  [[nodiscard]] auto call(Args&&... args) const {
    using method = detail::remote_method<T, Method>;
    return call_task<typename method::result>(
        home_, home_->pool.template submit<&method::invoke>(std::forward<Args>(args)...));
  }

  /// Destroys the object after the calls that are under way, and ends its process.
  ///
  /// Errors:        what ended the object before.
  /// Cancellation:  at once; it goes on closing.
  [[nodiscard]] task<> close() const { return close_task(home_); }

  /// The process; 0 when it is gone.
  [[nodiscard]] int pid() const {
    const auto pids = home_->pool.stats().worker_pids;
    return pids.empty() || home_->gone ? 0 : pids.front();
  }
  [[nodiscard]] bool is_alive() const noexcept { return !home_->gone; }

 private:
  explicit remote(std::shared_ptr<detail::remote_home> home) noexcept : home_(std::move(home)) {}

  template <class... Args>
  static task<remote> make_with(const process_options& how, Args&&... args) {
    auto made = std::make_shared<detail::remote_home>(how);
    return make_task(
        made,
        made->pool.template submit<
            &detail::construct_remote<T, typename detail::constructor_argument<Args>::type...>>(
            std::forward<Args>(args)...));
  }

  template <class Call>
  static task<remote> make_task(std::shared_ptr<detail::remote_home> home, Call construction) {
    co_await std::move(construction);
    co_return remote(std::move(home));
  }

  template <class R, class Call>
  static task<R> call_task(std::shared_ptr<detail::remote_home> home, Call call) {
    home->check();
    try {
      co_return co_await std::move(call);
    } catch (const std::exception&) {
      home->rethrow();
    }
  }

  static task<> close_task(std::shared_ptr<detail::remote_home> home) {
    co_await call_task<void>(home, home->pool.template submit<&detail::destroy_remote<T>>());
    co_await home->pool.shutdown();
  }

  std::shared_ptr<detail::remote_home> home_;
};

}  // namespace tridem
