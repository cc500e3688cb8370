// SPDX-License-Identifier: MIT
// expect: resumed after its frame was freed; it was .*short_lived|heap-use-after-free
#include <tridem/runtime/run.hpp>

#include <coroutine>

// AddressSanitizer finds it by itself, and is to end as we do.
extern "C" const char* __asan_default_options() {
  return "abort_on_error=1";
}

namespace {

std::coroutine_handle<> kept;

class keep_handle {
 public:
  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> waiting) noexcept {
    kept = waiting;
    return false;
  }
  void await_resume() const noexcept {}
};

tridem::task<> short_lived() {
  co_await keep_handle();
}

tridem::task<> wrong() {
  co_await short_lived();
  kept.resume();
}

}  // namespace

int main() {
  tridem::run(wrong(), {.debug = true});
}
