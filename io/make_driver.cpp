// SPDX-License-Identifier: MIT
// What run() asks for. A file of its own, so that a test program can put its own in its place.
#include <tridem/io/choose_driver.hpp>
#include <tridem/runtime/run.hpp>

namespace tridem::detail {

std::unique_ptr<driver> make_driver(const run_options& options) {
  return choose_driver(options.driver, options.queue_depth, options.spin);
}

}  // namespace tridem::detail
