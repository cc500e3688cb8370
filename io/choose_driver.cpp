// SPDX-License-Identifier: MIT
// The set-up of a real ring is the probe: whatever forbids io_uring shows there, and nowhere
// earlier.
#include "io/posix/built_drivers.hpp"
#include "io/posix/uring_refusal.hpp"

#include <tridem/io/choose_driver.hpp>

#ifdef TRIDEM_HAS_ASIO
#include "io/asio/driver.hpp"
#endif
#ifdef TRIDEM_HAS_URING
#include "io/uring/driver.hpp"
#endif

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace tridem {
namespace {

using detail::has_asio;
using detail::has_uring;

driver_choice choice_of_environment() {
  const char* value = std::getenv("TRIDEM_DRIVER");
  const std::string_view name = value == nullptr ? "" : value;
  if (name.empty() || name == "automatic") return driver_choice::automatic;
  if (name == "uring") return driver_choice::uring;
  if (name == "asio") return driver_choice::asio;
  throw std::invalid_argument("TRIDEM_DRIVER is '" + std::string(name) +
                              "'; it must be uring, asio or automatic");
}

std::unique_ptr<driver> make_asio() {
#ifdef TRIDEM_HAS_ASIO
  return make_asio_driver();
#else
  throw std::system_error(
      ENOSYS, std::generic_category(),
      "the Asio driver is not in this build of tridem (CMake option TRIDEM_ASIO)");
#endif
}

std::unique_ptr<driver> make_uring(unsigned queue_depth, duration spin) {
#ifdef TRIDEM_HAS_URING
  // Room for the completions of many operations in flight; beyond that the kernel keeps them for
  // later.
  constexpr unsigned completions_per_submission = 16;
  return make_uring_driver({queue_depth, queue_depth * completions_per_submission}, spin);
#else
  static_cast<void>(queue_depth);
  static_cast<void>(spin);
  throw std::system_error(
      ENOSYS, std::generic_category(),
      "the io_uring driver is not in this build of tridem (CMake option TRIDEM_URING)");
#endif
}

void say_fallback(const std::string& cause) noexcept {
  static std::atomic<bool> said{false};
  if (said.exchange(true)) return;
  std::fprintf(stderr, "tridem: io_uring cannot be used (%s); going on with the Asio driver\n",
               cause.c_str());
}

std::unique_ptr<driver> make_whichever(unsigned queue_depth, duration spin) {
  if constexpr (!has_uring) return make_asio();
  std::string cause;
  try {
    return make_uring(queue_depth, spin);
  } catch (const std::system_error& error) {
    cause = detail::cause_of_refusal(error);
    if constexpr (!has_asio) {
      throw std::system_error(error.code(), "no driver can be used: io_uring is " + cause);
    }
  }
  say_fallback(cause);
  return make_asio();
}

std::unique_ptr<driver> make_uring_or_explain(unsigned queue_depth, duration spin) {
  try {
    return make_uring(queue_depth, spin);
  } catch (const std::system_error& error) {
    throw std::system_error(error.code(), "io_uring was asked for, but " +
                                              detail::cause_of_refusal(error) +
                                              "; or use the driver 'automatic' or 'asio'");
  }
}

}  // namespace

std::unique_ptr<driver> choose_driver(driver_choice choice, unsigned queue_depth, duration spin) {
  if (choice == driver_choice::automatic) choice = choice_of_environment();
  switch (choice) {
    case driver_choice::automatic:
      return make_whichever(queue_depth, spin);
    case driver_choice::uring:
      return make_uring_or_explain(queue_depth, spin);
    case driver_choice::asio:
      return make_asio();
  }
  throw std::invalid_argument("unknown driver_choice");
}

}  // namespace tridem
