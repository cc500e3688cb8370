// SPDX-License-Identifier: MIT
// A guard that is not kept unlocks at once.
// expect: the mutex is unlocked when this object goes: keep it
// compiler: Clang
// flags: -Werror=unused-result
#include <tridem/runtime/mutex.hpp>
#include <tridem/runtime/task.hpp>

tridem::task<> wrong(tridem::mutex& shared) {
  co_await shared.lock();
}
