// SPDX-License-Identifier: MIT
// The rows of the table. A feature that comes into use, or a defect that is learnt of, is added
// here.
#include "io/uring/features.hpp"

#include <charconv>
#include <sys/utsname.h>

namespace tridem::uring {
namespace {

constexpr unsigned opcodes[] = {
    IORING_OP_NOP,          IORING_OP_ACCEPT,   IORING_OP_CONNECT,   IORING_OP_RECV,
    IORING_OP_SEND,         IORING_OP_RECVMSG,  IORING_OP_SENDMSG,   IORING_OP_READ,
    IORING_OP_WRITE,        IORING_OP_READV,    IORING_OP_WRITEV,    IORING_OP_OPENAT,
    IORING_OP_CLOSE,        IORING_OP_FSYNC,    IORING_OP_STATX,     IORING_OP_POLL_ADD,
    IORING_OP_SHUTDOWN,     IORING_OP_UNLINKAT, IORING_OP_RENAMEAT,  IORING_OP_MKDIRAT,
    IORING_OP_ASYNC_CANCEL, IORING_OP_LINKAT,   IORING_OP_FALLOCATE,
};

// Sources: io_uring_setup(2), io_uring_enter(2), io_uring_register(2) of liburing 2.9.
constexpr feature table[] = {
    {"size of the completion queue",
     {5, 5, 0},
     evidence::set_up,
     IORING_SETUP_CQSIZE,
     true,
     "room for many operations in flight"},
    {"no completion is dropped",
     {5, 5, 0},
     evidence::feature_bit,
     IORING_FEAT_NODROP,
     true,
     "an operation whose end is lost could never end"},
    {"parameters may go after submission",
     {5, 5, 0},
     evidence::feature_bit,
     IORING_FEAT_SUBMIT_STABLE,
     true,
     "paths and headers live on the stack of a turn"},
    {"opcodes of all operations",
     {5, 15, 0},
     evidence::opcode,
     IORING_OP_MKDIRAT,
     true,
     "each operation of the closed list is one request"},
    {"a deadline with each enter",
     {5, 11, 0},
     evidence::feature_bit,
     IORING_FEAT_EXT_ARG,
     true,
     "one system call submits, waits, and wakes for timers"},
    {"multishot poll",
     {5, 13, 0},
     evidence::opcode,
     IORING_OP_POLL_ADD,
     true,
     "wake-ups by other threads"},
    {"requests that answer only when they fail",
     {5, 17, 0},
     evidence::feature_bit,
     IORING_FEAT_CQE_SKIP,
     true,
     "cancellation without an answer of its own"},
    {"submission goes on after a bad request",
     {5, 18, 0},
     evidence::set_up,
     IORING_SETUP_SUBMIT_ALL,
     true,
     "one enter for the whole batch"},
    {"registered ring descriptor",
     {5, 18, 0},
     evidence::registration,
     0,
     false,
     "a cheaper enter, on the first 16 loops of a thread"},
    {"deferred work shows in memory",
     {5, 19, 0},
     evidence::set_up,
     IORING_SETUP_TASKRUN_FLAG,
     true,
     "no system call to look"},
    {"buffers that the kernel chooses",
     {5, 19, 0},
     evidence::registration,
     0,
     false,
     "a stream that waits for bytes holds no memory for them"},
    {"single issuer",
     {6, 0, 0},
     evidence::set_up,
     IORING_SETUP_SINGLE_ISSUER,
     true,
     "other threads and children of fork are refused"},
    {"deferred work runs at enter",
     {6, 1, 0},
     evidence::set_up,
     IORING_SETUP_DEFER_TASKRUN,
     true,
     "completions in batches, never in the middle of your code"},
    {"futex wait",
     {6, 7, 0},
     evidence::opcode,
     futex_wait_opcode,
     false,
     "doorbells of worker processes without an eventfd"},
    {"truncate",
     {6, 9, 0},
     evidence::opcode,
     truncate_opcode,
     false,
     "file::truncate without a thread"},
};

constexpr kernel_version no_end{~0U, 0, 0};
constexpr known_defect defects[] = {
    {{0, 0, 0}, {6, 1, 0}, "io_uring lacks DEFER_TASKRUN", "the Asio driver serves"},
    {{5, 10, 0}, {5, 10, 186}, "SQPOLL burns a CPU when idle", "tridem never uses SQPOLL"},
    {{6, 6, 0},
     {6, 8, 0},
     "multishot accept with DEFER_TASKRUN may give wrong descriptors",
     "tridem accepts one connection at a time"},
    {{6, 1, 0},
     no_end,
     "a datagram between unix sockets that waits for room may arrive empty (seen on 6.18)",
     "such sends do not wait in the ring: tridem waits, and asks anew"},
    {{6, 1, 0},
     no_end,
     "a ring keeps the user that it was made by (CVE-2024-22017)",
     "drop privileges before the first run()"},
};

}  // namespace

std::span<const unsigned> required_opcodes() noexcept {
  return opcodes;
}
std::span<const feature> features() noexcept {
  return table;
}
std::span<const known_defect> known_defects() noexcept {
  return defects;
}

bool affects(const known_defect& defect, kernel_version kernel) noexcept {
  return defect.from <= kernel && kernel < defect.before;
}

kernel_version parse_release(std::string_view release) noexcept {
  kernel_version version;
  const char* at = release.data();
  const char* const end = at + release.size();
  for (unsigned* number : {&version.major, &version.minor, &version.patch}) {
    const auto [next, error] = std::from_chars(at, end, *number);
    if (error != std::errc() || next == end || *next != '.') break;
    at = next + 1;
  }
  return version;
}

kernel_version running_kernel() noexcept {
  ::utsname names{};
  return ::uname(&names) == 0 ? parse_release(names.release) : kernel_version{};
}

std::string to_string(kernel_version version) {
  std::string text = std::to_string(version.major) + '.' + std::to_string(version.minor);
  if (version.patch != 0) text += '.' + std::to_string(version.patch);
  return text;
}

}  // namespace tridem::uring
