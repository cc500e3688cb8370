// SPDX-License-Identifier: MIT
// The texts of the pool's errors: the call, what happened to it, and where to look next.
#include <tridem/pool/errors.hpp>

#include <csignal>
#include <cstdio>
#include <cstring>
#include <utility>

namespace tridem {

namespace {

std::string how_it_ended(int signal, int exit_code, bool out_of_memory) {
  if (signal != 0) {
    const char* name = ::sigabbrev_np(signal);
    std::string text = "was killed by signal " + std::to_string(signal);
    if (name != nullptr) text += " (SIG" + std::string(name) + ")";
    if (out_of_memory) {
      text += " by the kernel, because its memory cgroup was out of memory,";
    } else if (signal == SIGKILL) {
      text += " by hand, or by the kernel for lack of memory (see dmesg),";
    }
    return text;
  }
  if (exit_code >= 0) return "left with exit code " + std::to_string(exit_code);
  return "vanished";
}

std::string crash_text(std::string_view call, int pid, int signal, int exit_code,
                       const std::string& last_stderr, bool out_of_memory) {
  std::string text = "worker process " + std::to_string(pid) + " " +
                     how_it_ended(signal, exit_code, out_of_memory) + " while it ran " +
                     std::string(call);
  if (!last_stderr.empty()) text += "; its last words were:\n" + last_stderr;
  return text;
}

std::string seconds_text(double seconds) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.3g s", seconds);
  return text;
}

}  // namespace

worker_crashed::worker_crashed(std::string_view call, int pid, int signal, int exit_code,
                               std::string last_stderr, bool out_of_memory)
    : std::runtime_error(crash_text(call, pid, signal, exit_code, last_stderr, out_of_memory)),
      pid_(pid),
      signal_(signal),
      exit_code_(exit_code),
      out_of_memory_(out_of_memory),
      last_stderr_(std::move(last_stderr)) {}

poison_task::poison_task(std::string_view call, const worker_crashed& last, unsigned deaths,
                         std::string history)
    : worker_crashed(std::string(call) + ", tried " + std::to_string(deaths) +
                         " times, each time on a worker that died (" + history + ")",
                     last.pid(), last.signal(), last.exit_code(), last.last_stderr(),
                     last.out_of_memory()),
      deaths_(deaths),
      history_(std::move(history)) {}

worker_timeout::worker_timeout(std::string_view call, int pid, double seconds)
    : std::runtime_error(std::string(call) + " did not end within its deadline of " +
                         seconds_text(seconds) +
                         (pid != 0 ? "; worker process " + std::to_string(pid) + " was told to stop"
                                   : "; it had not been started")),
      pid_(pid) {}

remote_error::remote_error(std::string type, std::string message, int pid)
    : std::runtime_error(type + (message.empty() ? "" : ": " + message) +
                         " (thrown in worker process " + std::to_string(pid) + ")"),
      type_(std::move(type)),
      message_(std::move(message)),
      pid_(pid) {}

message_too_large::message_too_large(std::string_view call, std::size_t size, std::size_t limit)
    : std::length_error("a message of " + std::to_string(size) + " bytes for " + std::string(call) +
                        " is larger than the limit of " + std::to_string(limit) +
                        " bytes; pass a tridem::shared_memory, or raise max_message"),
      size_(size),
      limit_(limit) {}

}  // namespace tridem
