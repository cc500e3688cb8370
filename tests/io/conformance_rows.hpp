// SPDX-License-Identifier: MIT
// One row for each kind of operation: how it succeeds, how it fails, and how it waits.
#pragma once

#include "tests/io/conformance_world.hpp"
#include "tests/support/raw_driver.hpp"

#include <tridem/io/operations.hpp>

#include <functional>
#include <memory>
#include <poll.h>
#include <vector>

namespace tridem::test {

struct conformance_row {
  using made = std::shared_ptr<operation>;
  using maker = std::function<made(conformance_world&)>;

  op_kind kind;
  maker succeeding;
  maker failing;                                              // null: it cannot fail
  maker waiting = nullptr;                                    // null: it never waits
  std::function<void(conformance_world&)> happens = nullptr;  // what `waiting` waits for
};

template <class Operation, class... Args>
std::shared_ptr<operation> make_operation(Args&&... args) {
  return std::make_shared<single<Operation>>(std::forward<Args>(args)...);
}

}  // namespace tridem::test
