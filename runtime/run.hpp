// SPDX-License-Identifier: MIT
// run: the front door. Blocks this thread on one task until all is done.
#pragma once

#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/detail/debug_settings.hpp>
#include <tridem/runtime/driver.hpp>
#include <tridem/runtime/time.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <source_location>

namespace tridem {

/// Who serves the operations.
enum class driver_choice : unsigned char {
  automatic,  ///< io_uring where the kernel allows it, else Asio's reactor, with one log line that
              ///< says why.
  uring,      ///< io_uring, or an error that says what forbids it.
  asio,       ///< Boost.Asio's epoll reactor.
};

struct run_options {
  /// The environment variable TRIDEM_DRIVER (uring | asio) overrides `automatic`.
  driver_choice driver = driver_choice::automatic;
  /// Entries of the submission queue, 8 to 32768; more operations than that simply take more than
  /// one system call.
  unsigned queue_depth = 256;
  /// How long, at most, the loop looks around for what is about to come before it sleeps, when its
  /// last waits were short: it answers 0.05 to 0.08 ms sooner, and takes a CPU meanwhile. Zero:
  /// never. No more loops do so at a time than there are CPUs but one; on the Asio driver none
  /// does.
  duration spin = std::chrono::microseconds(50);
  /// Debug mode: shuffles what is ready, poisons freed frames, checks threads, tells of tasks that
  /// are never awaited or never resumed (docs/debugging.md). Empty: TRIDEM_DEBUG=1|0, else off.
  std::optional<bool> debug = {};
  /// The order of the shuffle; the same seed gives the same order. Empty: TRIDEM_SEED, else another
  /// one in each process, which is printed.
  std::optional<std::uint64_t> debug_seed = {};
  /// How long one turn of the loop may last until the watchdog tells what blocks it; zero: for
  /// ever. Empty: TRIDEM_WATCHDOG=100ms|off, else 100 ms in debug mode and where the library was
  /// built as Debug, and off elsewhere.
  std::optional<duration> watchdog = {};
};

namespace detail {

/// Makes the driver that the options ask for. Declared here, supplied by the floor above
/// (io/make_driver.cpp).
[[nodiscard]] std::unique_ptr<driver> make_driver(const run_options& options);

/// Drives `home` until the task has ended, then cancels and awaits what is left.
void run_to_end(event_loop& home, task_control_base& root);

/// `run` on a driver that is there already.
template <class T>
T run_on(std::unique_ptr<driver> served_by, task<T> body, std::source_location where,
         const debug_settings& settings = {}) {
  event_loop home(std::move(served_by), settings);
  task_handle<T> root = spawn(home, home.root_scope(), std::move(body), "main", where);
  run_to_end(home, root.control());
  if (root.cancelled()) throw task_cancelled("main");
  if (const std::exception_ptr failure = root.exception()) std::rethrow_exception(failure);
  return root.take();
}

}  // namespace detail

/// Runs `body` on a new loop of this thread and gives its result.
///
/// When it has ended, tasks that are left are cancelled and awaited; then the loop is gone.
///
/// Errors:   what `body` throws; `task_cancelled` when it ends by cancellation; std::system_error
/// when no driver can be made. Threads:  blocks the calling thread; each thread may run one loop.
/// Aborts when called from inside a task.
template <class T>
T run(task<T> body, run_options options = {},
      std::source_location where = std::source_location::current()) {
  return detail::run_on(detail::make_driver(options), std::move(body), where,
                        detail::debug_settings_of(options));
}

}  // namespace tridem
