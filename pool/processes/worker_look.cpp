// SPDX-License-Identifier: MIT
// Reads /proc/<pid>/statm and stat.
#include "pool/processes/worker_look.hpp"

#include "pool/processes/worker_link.hpp"

#include <tridem/io/descriptor.hpp>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <fcntl.h>
#include <string_view>
#include <unistd.h>

namespace tridem::detail {

namespace {

/// A file of /proc/<pid>, as far as it fits; empty when there is none.
struct process_file {
  process_file(int pid, const char* name) noexcept {
    char path[64];
    std::snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    const descriptor file(::open(path, O_RDONLY | O_CLOEXEC));
    if (!file) return;
    const ssize_t count = ::read(file.get(), text_, sizeof text_);
    if (count > 0) size_ = static_cast<std::size_t>(count);
  }
  [[nodiscard]] std::string_view text() const noexcept { return {text_, size_}; }

 private:
  char text_[1024];
  std::size_t size_ = 0;
};

/// The number at place `index`, counted from 0, among words between blanks; 0 when there is none.
std::uint64_t number_at(std::string_view words, int index) noexcept {
  for (; index > 0; --index) {
    const std::size_t blank = words.find(' ');
    if (blank == words.npos) return 0;
    words.remove_prefix(blank + 1);
  }
  std::uint64_t number = 0;
  std::from_chars(words.data(), words.data() + words.size(), number);
  return number;
}

duration cpu_time_of(int pid) noexcept {
  const process_file file(pid, "stat");
  std::string_view text = file.text();
  // The name stands in brackets and may hold blanks and brackets itself.
  const std::size_t end_of_name = text.rfind(')');
  if (end_of_name == text.npos || text.size() < end_of_name + 2) return {};
  text.remove_prefix(end_of_name + 2);
  // proc(5) counts from 1: utime is field 14, stime 15; here begins field 3.
  const std::uint64_t ticks = number_at(text, 11) + number_at(text, 12);
  const auto per_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  return std::chrono::milliseconds(ticks * 1000 / per_second);
}

}  // namespace

std::size_t resident_bytes_of(int pid) noexcept {
  const process_file file(pid, "statm");
  return number_at(file.text(), 1) * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

worker_stats look_at(const worker_link& worker) noexcept {
  worker_stats seen;
  seen.pid = worker.pid;
  seen.open = worker.open_count;
  seen.completed = worker.completed;
  if (worker.state == worker_link::life::starting && !worker.was_ready) {
    seen.now = worker_stats::state::starting;
  } else if (worker.state == worker_link::life::retiring ||
             worker.state == worker_link::life::dying ||
             worker.stage != worker_link::stop_stage::none) {
    seen.now = worker_stats::state::stopping;
  } else {
    seen.now = worker.is_idle() ? worker_stats::state::idle : worker_stats::state::busy;
  }
  seen.enforced = worker.enforced;
  if (worker.pid != 0) {
    seen.memory = resident_bytes_of(worker.pid);
    seen.cpu = cpu_time_of(worker.pid);
  }
  return seen;
}

}  // namespace tridem::detail
