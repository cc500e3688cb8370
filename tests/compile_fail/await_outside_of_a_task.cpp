// SPDX-License-Identifier: MIT
// tridem's waits belong to a loop, which only a task of tridem knows.
// expect: (promise|await)
#include <tridem/runtime/sleep.hpp>

#include <coroutine>

struct foreign {
  struct promise_type {
    foreign get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {}
  };
};

foreign wrong() {
  co_await tridem::yield();
}
