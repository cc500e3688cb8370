// SPDX-License-Identifier: MIT
// expect: frame was written to after it was freed.*short_lived|heap-use-after-free
#include <tridem/runtime/run.hpp>
#include <tridem/runtime/sleep.hpp>

// AddressSanitizer finds it by itself, and is to end as we do.
extern "C" const char* __asan_default_options() {
  return "abort_on_error=1";
}

namespace {

int* kept = nullptr;
[[gnu::noinline]] void keep(int& number) {
  kept = &number;
}

tridem::task<int> short_lived() {
  int number = 1;
  keep(number);
  co_await tridem::yield();
  co_return number;
}

tridem::task<> wrong() {
  co_await short_lived();
  *kept = 2;
}

}  // namespace

int main() {
  tridem::run(wrong(), {.debug = true});
}
