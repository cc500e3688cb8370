// SPDX-License-Identifier: MIT
// How a coroutine of the library learns on which strand it runs.
#pragma once

#include <tridem/runtime/detail/promise.hpp>

namespace tridem::detail {

/// `strand& line = co_await this_strand();` does not suspend.
class this_strand {
 public:
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> awaiting) noexcept {
    line_ = awaiting.promise().line;
    return false;
  }
  strand& await_resume() const noexcept { return *line_; }

 private:
  strand* line_ = nullptr;
};

}  // namespace tridem::detail
