// SPDX-License-Identifier: MIT
// A pool that is used before main begins is refused, so that starting processes cannot recurse.
#include <tridem/pool/process_pool.hpp>
#include <tridem/runtime/run.hpp>

#include <doctest/doctest.h>

#include <string>

namespace {

int twice(int n) {
  return 2 * n;
}

tridem::task<std::string> try_to_call() {
  tridem::process_pool pool{{.workers = 1}};
  try {
    (void)co_await pool.submit<&twice>(1);
  } catch (const tridem::pool_start_error& error) {
    co_return error.what();
  }
  co_return "it was called";
}

// Every fork server of this program runs this too.
const std::string before_main = tridem::run(try_to_call());

}  // namespace

TEST_CASE("static_initialiser: a pool in a static initialiser is refused with the reason") {
  CHECK(before_main.find("main is not wrapped, or has not begun") != std::string::npos);
}
