// SPDX-License-Identifier: MIT
// The parent's side of remote<T>: a pool of one worker, and what has become of it.
#pragma once

#include <tridem/pool/errors.hpp>
#include <tridem/pool/process_options.hpp>
#include <tridem/pool/process_pool.hpp>

#include <exception>

namespace tridem::detail {

/// A pool of one worker that stays.
[[nodiscard]] process_pool_options pool_options(const process_options& how);

/// Shared by the handle and its calls. Loop's thread only.
struct remote_home {
  explicit remote_home(const process_options& how) : pool(pool_options(how), server_use::shared) {}

  /// Throws what has ended the object, if something has.
  void check() const;
  /// The exception that is being handled has come out of a call; throws what the caller shall get.
  [[noreturn]] void rethrow();

  process_pool pool;
  std::exception_ptr gone;  ///< Why there is no object any more.
};

}  // namespace tridem::detail
