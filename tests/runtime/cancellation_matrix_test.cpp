// SPDX-License-Identifier: MIT
// Each awaitable of the runtime, cancelled at each moment; what is seen stands in
// docs/cancellation.md.
#include "tests/runtime/cancellation_matrix_blocks.hpp"
#include "tests/runtime/cancellation_matrix_queues.hpp"
#include "tests/runtime/cancellation_matrix_tasks.hpp"
#include "tests/support/async_test.hpp"

namespace tridem::test::matrix {
namespace {

TRIDEM_TEST("each awaitable of the runtime, cancelled at each moment") {
  std::string table = co_await play(primitive_rows());
  table += co_await play(queue_rows());
  table += co_await play(task_rows());
  table += co_await play(block_rows());
  check_page("runtime_tests", table);
}

}  // namespace
}  // namespace tridem::test::matrix
