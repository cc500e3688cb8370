// SPDX-License-Identifier: MIT
// The first and the last calls of a worker, for which no task waits: initialiser, limits,
// finaliser.
#pragma once

#include <tridem/pool/codec.hpp>
#include <tridem/pool/detail/process_call.hpp>
#include <tridem/pool/worker_call.hpp>

#include <exception>
#include <string>
#include <utility>

namespace tridem::detail {

/// Lives as long as its worker.
class own_call final : public process_call {
 public:
  enum class role : unsigned char { initializer, limits, finalizer };

  own_call(role what_for, const worker_call& what) noexcept
      : process_call(what.job(), what.arguments()), purpose(what_for) {
    is_of_worker = true;
  }

  void deliver(message_reader& in) override {
    if (purpose == role::limits) report = decode<std::string>(in);
  }
  void fail(std::exception_ptr thrown) noexcept override { error = std::move(thrown); }
  void ended() noexcept override {}

  const role purpose;
  std::string report;        ///< What the limits are now.
  std::exception_ptr error;  ///< What it threw.
};

}  // namespace tridem::detail
