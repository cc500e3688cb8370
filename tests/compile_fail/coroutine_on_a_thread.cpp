// SPDX-License-Identifier: MIT
// A task runs on its loop; on a thread it would have none.
// expect: a thread runs plain functions; a coroutine belongs to the loop
#include <tridem/pool/to_thread.hpp>

tridem::task<int> coroutine();

tridem::task<> wrong() {
  co_await tridem::to_thread(coroutine);
}
