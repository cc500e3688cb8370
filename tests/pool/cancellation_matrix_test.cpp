// SPDX-License-Identifier: MIT
// Each awaitable of the pools, cancelled at each moment; what is seen stands in
// docs/cancellation.md.
#include "tests/pool/cancellation_matrix_names.hpp"
#include "tests/pool/cancellation_matrix_processes.hpp"
#include "tests/pool/cancellation_matrix_threads.hpp"
#include "tests/support/async_test.hpp"

namespace tridem::test::matrix {
namespace {

TRIDEM_TEST("each awaitable of the pools, cancelled at each moment") {
  std::string table = co_await play(thread_rows());
  table += co_await play(process_rows());
  table += co_await play(name_rows());
  check_page("pool_tests", table);
}

}  // namespace
}  // namespace tridem::test::matrix
