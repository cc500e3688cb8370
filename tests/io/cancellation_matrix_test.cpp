// SPDX-License-Identifier: MIT
// Each operation of the closed list, on each driver, cancelled at each moment; what is seen stands
// in docs/cancellation.md.
#include "tests/io/cancellation_matrix_prompt.hpp"
#include "tests/io/cancellation_matrix_waiting.hpp"
#include "tests/support/async_test.hpp"

namespace tridem::test::matrix {
namespace {

TRIDEM_TEST("each operation, cancelled at each moment") {
  std::string table = co_await play(waiting_rows());
  table += co_await play(prompt_rows());
  check_page("io_tests", table);
}

}  // namespace
}  // namespace tridem::test::matrix
