// SPDX-License-Identifier: MIT
// What to write instead of an await in a handler.
#include <tridem/runtime/shield.hpp>

#include <exception>

tridem::task<> clean_up() {
  co_return;
}

tridem::task<> right() {
  std::exception_ptr failure;
  try {
    co_await clean_up();
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure == nullptr) co_return;
  co_await tridem::shield(clean_up());
  std::rethrow_exception(failure);
}
