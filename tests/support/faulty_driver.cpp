// SPDX-License-Identifier: MIT
// The same code as io/uring/driver.cpp over another ring; and what run() gets in a test program
// whose environment asks for a particular one.
#ifdef TRIDEM_HAS_URING
#include "tests/support/faulty_driver.hpp"

#include "io/uring/basic_driver_set_up.hpp"
#include "io/uring/basic_driver_turn.hpp"
#include "io/uring/driver.hpp"
#include "tests/support/faulty_ring.hpp"

#include <tridem/io/choose_driver.hpp>
#include <tridem/runtime/run.hpp>

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <system_error>

namespace tridem {
namespace {

std::optional<uring::ring_size> ring_of_environment() {
  const char* const text = std::getenv("TRIDEM_TEST_RING");
  if (text == nullptr || *text == '\0') return std::nullopt;
  uring::ring_size size;
  if (std::sscanf(text, "%u/%u", &size.submissions, &size.completions) != 2) {
    throw std::invalid_argument("TRIDEM_TEST_RING must be <submissions>/<completions>");
  }
  return size;
}

}  // namespace

std::unique_ptr<driver> test::make_faulty_driver(const fault_plan& plan, uring::ring_size size) {
  // Whether doorbells are futexes shows only once a real driver was made.
  static const bool known = make_uring_driver({4, 8}) != nullptr;
  static_cast<void>(known);
  return std::make_unique<uring::basic_driver<faulty_ring>>(run_options().spin, size, plan);
}

bool test::is_ring_changed() noexcept {
  return fault_plan::of_environment() || std::getenv("TRIDEM_TEST_RING") != nullptr;
}

std::unique_ptr<driver> test::make_uring_driver_under_test() {
  const auto size = ring_of_environment();
  if (const auto plan = fault_plan::of_environment()) {
    return size ? make_faulty_driver(*plan, *size) : make_faulty_driver(*plan);
  }
  return size ? make_uring_driver(*size) : make_uring_driver();
}

// In the place of io/make_driver.cpp. Where io_uring is forbidden there is nothing to change.
std::unique_ptr<driver> detail::make_driver(const run_options& options) {
  if (options.driver == driver_choice::automatic && test::is_ring_changed()) {
    try {
      return test::make_uring_driver_under_test();
    } catch (const std::system_error&) {
    }
  }
  return choose_driver(options.driver, options.queue_depth, options.spin);
}

}  // namespace tridem
#endif
