// SPDX-License-Identifier: MIT
// The driver over a ring, whichever: the tests put one in its place that fails on purpose.
//
// A node has exactly one request in the kernel from the turn that takes it to the completion that
// gives it back; only then is its address forgotten.
#pragma once

#include "io/posix/blocking_lane.hpp"
#include "io/posix/sigpipe_guard.hpp"
#include "io/uring/adaptive_spin.hpp"
#include "io/uring/buffer_ring.hpp"
#include "io/uring/encode.hpp"

#include <tridem/io/descriptor.hpp>
#include <tridem/runtime/driver.hpp>
#include <tridem/runtime/operation.hpp>

#include <liburing.h>

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace tridem::uring {

/// Performs, in a thread, what the ring has no request for.
void perform_without_ring(operation& op) noexcept;

/// `Ring` has the members of io/uring/ring.hpp that are used here. There is one definition of each
/// function for all rings, and no call through a pointer: that of the product is not slower for it.
template <class Ring>
class basic_driver final : public driver {
 public:
  /// Makes the ring with `arguments`, and tries it with one operation.
  template <class... Arguments>
  explicit basic_driver(duration spin, const Arguments&... arguments);
  ~basic_driver() override;

  void turn(operation_list& submitted, operation_list& completed, time_point deadline) override;
  void wake() noexcept override;
  [[nodiscard]] int readiness_descriptor() override;
  [[nodiscard]] bool announce_readiness() noexcept override;
  [[nodiscard]] time_point now() const noexcept override { return clock::now(); }
  [[nodiscard]] const char* name() const noexcept override { return "uring"; }

  [[nodiscard]] doorbell_way doorbell() const noexcept { return doorbell_; }

 private:
  void check_opcodes() const;
  void try_one_request();

  // Down: nodes become requests, and the kernel is entered.
  void take(operation& op, operation_list& completed);
  void request(operation& op, operation_list& completed);
  void request_unfinished(operation_list& completed);
  void request_cancel(operation& op, operation_list& completed);
  void arm_wake(operation_list& completed);
  [[nodiscard]] bool is_for_a_thread(const operation& op) const noexcept;
  [[nodiscard]] io_uring_sqe& entry(operation_list& completed);
  void sleep(time_point deadline, duration timeout);

  // Up: completions become results, or further requests.
  void collect(operation_list& completed);
  void answer(const io_uring_cqe& cqe, operation_list& completed);

  descriptor wake_;       // an eventfd: the way in for other threads
  descriptor readiness_;  // an eventfd: the way out to a foreign loop, once one has asked for it
  bool announcing_ = false;
  buffer_ring buffers_;  // outlives the ring
  Ring ring_;
  const doorbell_way doorbell_;
  adaptive_spin spin_;
  bool wake_armed_ = false;
  std::uint16_t generation_ = 0;
  std::size_t in_flight_ = 0;
  std::size_t writes_ = 0;                  // in flight, of those that may raise SIGPIPE
  detail::sigpipe_guard* quiet_ = nullptr;  // of the turn at hand
  // Nodes whose request ended with "not now". Filled and emptied within one turn: between turns the
  // loop may link a node in flight into its own list, to cancel it.
  operation_list unfinished_;
  // Last: its threads, which start when first needed, call wake() until they are joined.
  detail::blocking_lane lane_{*this, perform_without_ring};
};

}  // namespace tridem::uring
