// SPDX-License-Identifier: MIT
// The node behind every wait that a driver serves: its states, and what cancelling does in each.
#include "tests/support/raw_driver.hpp"
#include "tests/support/virtual_driver.hpp"

#include <tridem/runtime/operation.hpp>

#include <doctest/doctest.h>

#include <cstdio>

namespace tridem {
namespace {

using test::raw_driver;
using test::virtual_driver;

struct plain_operation final : operation {
  plain_operation() noexcept : operation(op_kind{}) {}
  void describe(char* out, std::size_t size) const noexcept override {
    std::snprintf(out, size, "plain");
  }
};

TEST_CASE("idle, queued, in flight, done") {
  virtual_driver system;
  raw_driver io(system);
  plain_operation op;
  CHECK(op.state == operation_state::idle);
  io.submit(op);
  CHECK(op.state == operation_state::queued);
  CHECK(op.is_linked());
  io.look();
  CHECK(op.state == operation_state::in_flight);
  CHECK_FALSE(op.is_linked());
  system.complete(op, 5);
  io.look();
  CHECK(op.state == operation_state::done);
  CHECK(op.result == 5);
  CHECK_FALSE(op.was_cancelled());
}

TEST_CASE("cancelled while queued: done at once, and no driver sees it") {
  virtual_driver system;
  raw_driver io(system);
  plain_operation op;
  io.submit(op);
  io.cancel(op);
  CHECK(op.state == operation_state::done);
  CHECK(op.was_cancelled());
  io.look();
  CHECK(system.held().empty());
}

TEST_CASE("cancelled in flight: asked for, and the completion decides") {
  virtual_driver system;
  system.obeys_cancel = false;
  raw_driver io(system);
  plain_operation op;
  io.submit(op);
  io.look();
  io.cancel(op);
  CHECK(op.state == operation_state::cancelling);
  io.cancel(op);
  io.look();
  CHECK(op.state == operation_state::in_flight);
  system.complete(op, 7);
  io.look();
  CHECK(op.result == 7);
  CHECK_FALSE(op.was_cancelled());
}

TEST_CASE("a cancel after the end changes nothing") {
  virtual_driver system;
  raw_driver io(system);
  plain_operation op;
  io.submit(op);
  io.look();
  system.complete(op, 0);
  io.look();
  io.cancel(op);
  CHECK(op.state == operation_state::done);
  CHECK(op.result == 0);
}

TEST_CASE("an idle operation is a description, and may be copied") {
  const plain_operation op;
  const plain_operation copy(op);
  CHECK(copy.state == operation_state::idle);
  CHECK(copy.kind == op.kind);
}

}  // namespace
}  // namespace tridem
