// SPDX-License-Identifier: MIT
// to_thread: one blocking call on a thread, without a pool of one's own.
#pragma once

#include <tridem/pool/detail/thread_job.hpp>

#include <utility>

namespace tridem {
namespace detail {

/// The crew of the default pool of `home`'s thread, made on first use.
[[nodiscard]] thread_crew& default_crew();

}  // namespace detail

/// Calls `f(args...)` on the default thread pool of this loop and gives what it returns; all else
/// as `thread_pool::submit`.
///
/// The pool has up to four threads more than usable CPUs, at most 32, because its jobs are expected
/// to wait rather than to compute. It is made on first use, and ends with `run`.
///
/// Threads: the loop's thread only.
template <class F, class... Args>
auto to_thread(F&& f, Args&&... args) {
  TRIDEM_GUARD_CALLABLE(F);
  return detail::make_thread_call(detail::default_crew(), {}, std::forward<F>(f),
                                  std::forward<Args>(args)...);
}

}  // namespace tridem
