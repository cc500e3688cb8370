// SPDX-License-Identifier: MIT
// What a parent and its fork server say to each other; both are the same binary.
//
// They talk in sessions, one for each pool that the server serves: a socket of its own, a hello,
// workers with their own numbers. The first session comes with the server, and is its life. When
// the parent shuts its half of another one down, the workers of that session are killed, and when
// nothing of them is left the server closes it.
#pragma once

#include "pool/worker/worker_main.hpp"

#include <cstdint>

namespace tridem::detail {

/// The one argument by which a process learns that it is to be a fork server, or a single worker.
inline constexpr const char* fork_server_argument = "--tridem-fork-server";
inline constexpr const char* single_worker_argument = "--tridem-worker";

/// Where a fork server finds its descriptors, above standard input, output and error.
inline constexpr int server_socket_number = 3;
inline constexpr int server_lifeline_number = 4;
inline constexpr int server_first_free_number = 5;

/// Where a worker that was started by exec finds its descriptors, in the order of the struct.
inline constexpr int single_worker_first_number = 3;

inline constexpr std::uint32_t protocol_magic = 0x74726433;  // "trd3": changes with the protocol

enum class server_message_kind : std::uint32_t {
  start_worker = 1,  ///< parent to server, with the worker's descriptors
  hello,             ///< server to parent, once in each session
  started,           ///< with the pidfd
  not_started,
  ended,
  open_session,  ///< parent to server, with the socket of another session
};

/// Every message has this form; what a kind does not use is zero.
struct server_message {
  server_message_kind kind;
  std::uint32_t magic;
  std::uint64_t worker;         ///< The parent's number for a worker.
  std::int32_t pid;             ///< Of the server (hello) or of the worker.
  std::int32_t status;          ///< ended: as waitpid gives it. not_started: an errno.
  std::uint32_t job_count;      ///< hello
  std::uint32_t threads;        ///< hello: how many threads static initialisation left running
  std::uint64_t job_digest;     ///< hello
  char build_id[64];            ///< hello: of the executable, a string
  std::uint32_t groups;         ///< start_worker: 1 if workers make control groups
  std::uint32_t out_of_memory;  ///< ended: 1 if the kernel ended it for lack of memory
};

}  // namespace tridem::detail
