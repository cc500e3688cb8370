// SPDX-License-Identifier: MIT
// Reading the birth of a process, without allocation: waits look at it while others hold locks.
#include <tridem/pool/detail/process_identity.hpp>

#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <pthread.h>
#include <string_view>
#include <unistd.h>

namespace tridem::detail {

namespace {

struct process_state {
  char state = '?';
  std::uint64_t start_ticks = 0;
};

/// False when /proc does not know the process, or is not there.
bool read_state(int pid, process_state& out) noexcept {
  char path[32];
  std::snprintf(path, sizeof(path), "/proc/%d/stat", pid);
  const int file = ::open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  char text[1024];
  const ssize_t size = ::read(file, text, sizeof(text));
  ::close(file);
  if (size <= 0) return false;
  std::string_view rest(text, static_cast<std::size_t>(size));
  // The name may itself hold spaces and parentheses. Source: proc(5), fields 3 and 22.
  const std::size_t name_end = rest.rfind(')');
  if (name_end == rest.npos || name_end + 2 >= rest.size()) return false;
  rest.remove_prefix(name_end + 2);
  out.state = rest.front();
  for (int field = 3; field < 22; ++field) {
    const std::size_t blank = rest.find(' ');
    if (blank == rest.npos) return false;
    rest.remove_prefix(blank + 1);
  }
  return std::from_chars(rest.data(), rest.data() + rest.size(), out.start_ticks).ec == std::errc();
}

process_identity identity_of(int pid, std::uint64_t start_ticks) noexcept {
  const std::uint64_t birth = start_ticks & ((std::uint64_t{1} << 30) - 1);
  return static_cast<process_identity>(birth << 32 | static_cast<std::uint32_t>(pid));
}

constinit std::atomic<std::uint64_t> own{0};

constexpr std::uint64_t birth_of(process_identity who) noexcept {
  return (static_cast<std::uint64_t>(who) & identity_mask) >> 32;
}

bool look_whether_alive(process_identity who) noexcept {
  const int pid = pid_of(who);
  process_state state;
  if (read_state(pid, state)) {
    // A process that could not read its own birth, in a sandbox perhaps, is known by its number.
    const bool is_same = birth_of(who) == 0 || identity_of(pid, state.start_ticks) == who;
    return is_same && state.state != 'Z' && state.state != 'X';
  }
  return ::kill(pid, 0) == 0 || errno != ESRCH;
}

/// What this thread has seen alive, so that a crowd that waits for one process looks once for all.
struct sighting {
  process_identity who = process_identity::nobody;
  std::chrono::steady_clock::time_point when;
  std::uint64_t deaths_known = 0;
};
constinit std::atomic<std::uint64_t> deaths_known{0};
constexpr std::size_t most_sightings = 32;
constinit thread_local std::array<sighting, most_sightings> sightings{};

}  // namespace

process_identity this_process() noexcept {
  std::uint64_t known = own.load(std::memory_order_relaxed);
  if (known == 0) [[unlikely]] {
    static const int forgets_in_children =
        ::pthread_atfork(nullptr, nullptr, [] { own.store(0, std::memory_order_relaxed); });
    static_cast<void>(forgets_in_children);
    process_state state;
    (void)read_state(::getpid(), state);
    known = static_cast<std::uint64_t>(identity_of(::getpid(), state.start_ticks));
    own.store(known, std::memory_order_relaxed);
  }
  return static_cast<process_identity>(known);
}

bool is_alive(process_identity who) noexcept {
  if (who == this_process()) return true;
  const auto now = std::chrono::steady_clock::now();
  sighting& last = sightings[static_cast<std::size_t>(pid_of(who)) % most_sightings];
  const std::uint64_t deaths = deaths_known.load();
  const bool is_fresh = now - last.when < sighting_lasts && last.deaths_known == deaths;
  if (last.who == who && is_fresh) return true;
  if (!look_whether_alive(who)) return false;
  last = {who, now, deaths};
  return true;
}

bool is_alive_now(process_identity who) noexcept {
  return who == this_process() || look_whether_alive(who);
}

void forget_sightings() noexcept {
  deaths_known.fetch_add(1);
}

}  // namespace tridem::detail
