// SPDX-License-Identifier: MIT
// Waiting until descriptors are ready, many at a time: an epoll set, of which Asio's reactor
// watches the one descriptor.
#pragma once

#include "io/posix/operation_ring.hpp"

#include <tridem/io/descriptor.hpp>
#include <tridem/io/operations.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <sys/epoll.h>
#include <vector>

namespace tridem::detail {

/// The waits of one driver. What waits is queued at its descriptor through the operations
/// themselves, so that a wait costs no memory, and a descriptor has the few bytes of its place in a
/// table.
///
/// Descriptors are watched for edges: who waits has tried before, and hears of what changes from
/// then on. The descriptor of an object stays in the set when its wait is over, so that the next
/// one costs no system call. Whether the number still means the same open file is what
/// `departures_of` tells; of other numbers nobody can, so they are in the set only while somebody
/// waits.
///
/// The mode of a descriptor is left as it is: one in blocking mode may share that with other
/// processes (standard input, with the shell).
///
/// Threads: the loop's thread only. Source: epoll(7).
class readiness {
 public:
  /// Events that are taken from the set at once.
  static constexpr std::size_t events_max = 256;

  /// Errors: std::system_error (too many open files).
  readiness();
  readiness(const readiness&) = delete;
  readiness& operator=(const readiness&) = delete;

  /// Readable while there are events.
  [[nodiscard]] int watched_descriptor() const noexcept { return set_.get(); }

  /// `op` waits, for what it needs to go on. 0, or an errno: EPERM for what cannot be waited for.
  [[nodiscard]] int wait(operation& op) noexcept;
  /// Ends the wait of `op`, if it waits.
  void leave(operation& op) noexcept;

  /// Calls `ready(op, events)`, without exceptions, for each operation whose wait is over: EPOLL*
  /// bits, among which is one that it waited for, an error or a hang-up. It may wait again, or not.
  template <class Ready>
  void look(Ready ready) noexcept {
    std::array<epoll_event, events_max> events;
    for (const epoll_event& event : take_events(events)) {
      entry* const at = entry_of(event);
      if (at == nullptr) continue;
      // Whoever waits again queues up behind the others, and is not asked twice.
      for (operation_ring before = std::exchange(at->waiting, {}); !before.empty();) {
        operation& op = before.pop_front();
        if ((event.events & (needs(op) | EPOLLERR | EPOLLHUP)) == 0) {
          at->waiting.push_back(op);
          continue;
        }
        op.driver_tag &= ~is_waiting;
        ready(op, event.events);
      }
      if (at->waiting.empty() && !at->is_kept) forget(*at, number_of(event));
    }
  }

  /// In `operation::driver_tag`: it stands in the queue of its descriptor.
  static constexpr std::uint64_t is_waiting = std::uint64_t{1} << 62;

 private:
  struct entry {
    operation_ring waiting;
    std::uint32_t events = 0;      // that it is watched for; 0 when it is not in the set
    std::uint32_t departures = 0;  // of the number, when it was put into the set
    std::uint32_t generation : 31 =
        0;                          // tells its events from those of what the number meant before
    std::uint32_t is_kept : 1 = 0;  // in the set while nobody waits
  };

  [[nodiscard]] static std::uint32_t needs(const operation& op) noexcept;
  [[nodiscard]] static int number_of(const epoll_event& event) noexcept {
    return static_cast<int>(event.data.u64 & 0xffffffff);
  }
  [[nodiscard]] std::span<const epoll_event> take_events(std::span<epoll_event> room) noexcept;
  [[nodiscard]] entry* entry_of(const epoll_event& event) noexcept;
  [[nodiscard]] entry* entry_at(int number) noexcept;
  [[nodiscard]] int watch(entry& at, int number, std::uint32_t events) noexcept;
  void forget(entry& at, int number) noexcept;

  descriptor set_;
  std::vector<entry> entries_;  // by descriptor
};

}  // namespace tridem::detail
