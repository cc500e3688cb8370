// SPDX-License-Identifier: MIT
// co_await cannot stand inside CHECK_THROWS: these tasks say how an await has failed.
#pragma once

#include <tridem/runtime/awaitable.hpp>
#include <tridem/runtime/cancellation.hpp>

#include <string>
#include <utility>

namespace tridem::test {

template <class E, class T>
task<std::string> catch_text(task<T> body) {
  try {
    static_cast<void>(co_await std::move(body));
  } catch (const E& error) {
    co_return error.what();
  }
  co_return "nothing was thrown";
}

/// The text of the E that awaiting `a` throws; anything else it throws goes through.
template <class E, awaitable A>
task<std::string> text_of(A&& a) {
  return catch_text<E>(detail::as_task(std::forward<A>(a)));
}

template <class T>
task<bool> catch_cancelled(task<T> body) {
  try {
    static_cast<void>(co_await std::move(body));
  } catch (const cancelled&) {
    co_return true;
  }
  co_return false;
}

/// Whether awaiting `a` throws `cancelled`.
template <awaitable A>
task<bool> is_cut(A&& a) {
  return catch_cancelled(detail::as_task(std::forward<A>(a)));
}

}  // namespace tridem::test
