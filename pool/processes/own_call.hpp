// SPDX-License-Identifier: MIT
// The first and the last call of a worker: its initialiser and its finaliser, for which no task
// waits.
#pragma once

#include <tridem/pool/detail/process_call.hpp>
#include <tridem/pool/worker_call.hpp>

#include <exception>
#include <utility>

namespace tridem::detail {

/// Lives as long as its worker.
class own_call final : public process_call {
 public:
  explicit own_call(const worker_call& what) noexcept : process_call(what.job(), what.arguments()) {
    is_of_worker = true;
  }

  void deliver(message_reader&) override {}
  void fail(std::exception_ptr thrown) noexcept override { error = std::move(thrown); }
  void ended() noexcept override {}

  std::exception_ptr error;  ///< What it threw.
};

}  // namespace tridem::detail
