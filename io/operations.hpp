// SPDX-License-Identifier: MIT
// THE CLOSED LIST: every request that a driver can be given, each a plain struct of its parameters.
// Sockets and files have their parts of it in detail/; the rest stands here.
//
// Each driver holds one exhaustive switch over op_kind, without default, so that an addition here
// breaks the build until every driver answers it. Pointers and buffers are borrowed until
// completion. Results follow the kernel: >= 0 a value, < 0 a negated errno. What every driver owes:
//   - EAGAIN never comes out, nor EINTR uncancelled: the driver waits for readiness and tries
//     again, for blocking and for O_NONBLOCK descriptors alike. One exception: a connect to a unix
//     socket whose backlog is full ends with EAGAIN, because no event tells that there is room.
//   - SIGPIPE is never raised, neither by send and sendmsg nor by write and writev: EPIPE says it.
//   - New descriptors are close-on-exec, accepted sockets non-blocking too.
//   - Lengths are cut at `max_transfer`; short transfers are possible everywhere.
//   - After a cancel, a result that was already there is delivered; else -ECANCELED.
#pragma once

#include <tridem/io/detail/file_operations.hpp>
#include <tridem/io/detail/listed_operation.hpp>
#include <tridem/io/detail/operation_kinds.hpp>
#include <tridem/io/detail/socket_operations.hpp>

#include <atomic>
#include <cstdint>

namespace tridem {

/// Does nothing, through the driver: a round trip to the system.
struct nop_operation : detail::done_operation {
  nop_operation() noexcept : done_operation(op_kind::nop, -1) {}
};

/// Waits until one of the POLL* `events` holds; the value is the mask of those that do (POLLERR,
/// POLLHUP too).
struct poll_operation : detail::number_operation<unsigned> {
  poll_operation(int file, unsigned wanted) noexcept
      : number_operation(op_kind::poll, file), events(wanted) {}
  unsigned events;
};

/// Waits until `*word` differs from `expected`, or the doorbell was rung; may also end early: look
/// again.
///
/// Where the kernel can (io/doorbell.hpp tells), this is a wait on the shared futex `word`;
/// elsewhere the eventfd `fd` is read empty, and a word that differs already ends the wait at once.
struct wait_doorbell_operation : detail::done_operation {
  wait_doorbell_operation(const std::atomic<std::uint32_t>* futex, std::uint32_t value,
                          int eventfd) noexcept
      : done_operation(op_kind::wait_doorbell, eventfd), word(futex), expected(value) {}
  const std::atomic<std::uint32_t>* word;
  std::uint32_t expected;
  std::uint64_t drained = 0;  // where the eventfd's counter goes
};

}  // namespace tridem
