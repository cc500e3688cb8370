// SPDX-License-Identifier: MIT
// Which of two errors is told.
#include <tridem/runtime/with.hpp>

namespace tridem::detail {

void rethrow_first(const std::exception_ptr& of_body, const std::exception_ptr& of_cleanup) {
  if (of_body == nullptr && of_cleanup == nullptr) return;
  if (of_cleanup != nullptr && (of_body == nullptr || is_cancelled_exception(of_body))) {
    std::rethrow_exception(of_cleanup);
  }
  if (of_cleanup != nullptr) {
    note_beside(of_body, "its cleanup failed too", of_cleanup);
  }
  std::rethrow_exception(of_body);
}

}  // namespace tridem::detail
