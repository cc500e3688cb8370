// SPDX-License-Identifier: MIT
// What the driver notes in a node while it holds it, and how a completion finds its node.
//
// The user_data of a request is the address of its node, shifted by 16, and a generation: an
// address that is used again never matches an older cancel. The requests of the driver itself have
// small numbers, which no address is.
#pragma once

#include <tridem/io/operations.hpp>
#include <tridem/runtime/operation.hpp>

#include <cstdint>

namespace tridem::uring {

inline constexpr std::uint64_t wake_request = 1;
inline constexpr std::uint64_t cancel_request = 2;
inline constexpr std::uint64_t trial_request = 3;
inline constexpr unsigned generation_bits = 16;

// What `driver_data` of a node in flight says.
inline constexpr std::uintptr_t waits_for_readiness =
    1;  // its request is a poll, before its own kind again
inline constexpr std::uintptr_t told_to_stop = 2;  // a cancel was asked for: no further request
inline constexpr std::uintptr_t was_ready = 4;     // it has waited for readiness before
inline constexpr std::uintptr_t by_a_worker = 8;   // that was no help: let a kernel thread wait

inline constexpr std::uintptr_t has_own_memory =
    16;  // of a receive: the kernel does not choose its buffer

[[nodiscard]] inline bool is(const operation& op, std::uintptr_t flag) noexcept {
  return (reinterpret_cast<std::uintptr_t>(op.driver_data) & flag) != 0;
}
inline void set(operation& op, std::uintptr_t flag, bool on) noexcept {
  const auto flags = reinterpret_cast<std::uintptr_t>(op.driver_data);
  op.driver_data = reinterpret_cast<void*>(on ? flags | flag : flags & ~flag);
}

[[nodiscard]] inline operation& node_of(std::uint64_t user_data) noexcept {
  return *reinterpret_cast<operation*>(user_data >> generation_bits);
}

// The kernel raises SIGPIPE for these like for write(2); sockets have MSG_NOSIGNAL.
[[nodiscard]] inline bool may_raise_sigpipe(const operation& op) noexcept {
  return op.kind == op_kind::write || op.kind == op_kind::writev;
}

// Kinds for which poll(2) tells when it is worth to try again.
[[nodiscard]] inline bool has_readiness(const operation& op) noexcept {
  switch (op.kind) {
    case op_kind::accept:
    case op_kind::recv:
    case op_kind::receive:
    case op_kind::send:
    case op_kind::recvmsg:
    case op_kind::sendmsg:
    case op_kind::read:
    case op_kind::write:
    case op_kind::readv:
    case op_kind::writev:
    case op_kind::wait_doorbell:
      return true;
    default:
      return false;
  }
}

}  // namespace tridem::uring
