// SPDX-License-Identifier: MIT
// The waits for a thread pool as a whole: for room in its queue, and for its end.
#pragma once

#include <tridem/pool/detail/pool_wait.hpp>

#include <cstdio>
#include <utility>

namespace tridem::detail {

/// What both have in common: nothing to give but an error.
class crew_wait : public pool_wait {
 public:
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> awaiting) noexcept {
    return begin(awaiting);
  }
  void refuse(std::exception_ptr why) noexcept override { error_ = std::move(why); }

 protected:
  using pool_wait::pool_wait;
  ~crew_wait() = default;
  void check();

  [[nodiscard]] bool withdraw(thread_crew& crew) noexcept final;

  std::exception_ptr error_;
};

class room_awaiter final : public crew_wait {
 public:
  explicit room_awaiter(thread_crew& crew) noexcept : crew_wait(crew) {}
  void await_resume() { check(); }
  void describe(char* out, std::size_t size) const noexcept override {
    std::snprintf(out, size, "thread_pool.room");
  }

 private:
  [[nodiscard]] bool enqueue(thread_crew& crew) noexcept override;
};

class end_awaiter final : public crew_wait {
 public:
  explicit end_awaiter(thread_crew& crew) noexcept : crew_wait(crew) {}
  void await_resume() { check(); }
  void describe(char* out, std::size_t size) const noexcept override {
    std::snprintf(out, size, "thread_pool.shutdown");
  }

 private:
  [[nodiscard]] bool enqueue(thread_crew& crew) noexcept override;
};

/// What `room` and `shutdown` give.
template <class Awaiter>
class [[nodiscard("this does nothing until it is awaited")]] crew_awaitable {
 public:
  explicit crew_awaitable(thread_crew& crew) noexcept : crew_(&crew) {}
  Awaiter operator co_await() const noexcept { return Awaiter(*crew_); }

 private:
  thread_crew* crew_;
};

}  // namespace tridem::detail
