// SPDX-License-Identifier: MIT
// What a job can ask: inside of a worker it is answered, outside it is harmless.
#include "tests/pool/worker_process_support.hpp"

#include <tridem/pool/worker.hpp>

namespace {

bool asks() {
  return tridem::is_worker_process() && !tridem::cancel_requested();
}

}  // namespace

TEST_CASE("worker: a job knows where it runs") {
  CHECK_FALSE(tridem::is_worker_process());
  CHECK_FALSE(tridem::cancel_requested());
  tridem::test::test_server server;
  const auto worker = server.start();
  CHECK(server.call<bool, &asks>(*worker));
}
