// SPDX-License-Identifier: MIT
// The arguments of a job are copies, so it cannot take them by mutable reference.
// expect: the callable cannot be called with these arguments.*use std::ref
#include <tridem/pool/to_thread.hpp>

void count(int& total);

tridem::task<> wrong(int& total) {
  co_await tridem::to_thread(count, total);
}
