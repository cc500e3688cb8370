// SPDX-License-Identifier: MIT
// Memory for what a driver receives: of the pool of its loop, or else made for the purpose.
#pragma once

#include <tridem/io/detail/buffer_pool.hpp>
#include <tridem/io/operations.hpp>

namespace tridem::detail {

/// What a driver has of a pool, made when it is first needed.
class lender {
 public:
  /// Gives `op` a buffer of the pool; when that has none left, one of its own, as large as what
  /// there is to read. False when there is no memory.
  [[nodiscard]] bool lend(receive_operation& op) noexcept;

  /// The pool; null when there was no memory for one, so that every operation gets its own.
  [[nodiscard]] buffer_pool* pool() noexcept;

 private:
  buffer_pool::owner pool_;
};

}  // namespace tridem::detail
