// SPDX-License-Identifier: MIT
// The fork servers of a loop that its processes and remote objects use together.
#pragma once

#include "pool/worker/fork_server_process.hpp"

#include <tridem/runtime/detail/loop_attachment.hpp>
#include <tridem/runtime/event_loop.hpp>
#include <tridem/runtime/time.hpp>

#include <chrono>
#include <memory>
#include <vector>

namespace tridem::detail {

/// How long a server stays that nobody uses.
inline constexpr duration server_lingers = std::chrono::seconds(5);

/// Gives out a server to everybody for whom a new one would be no other: same settings, and this
/// process has the same environment, working directory, user and limits as when it was started.
class shared_servers final : public loop_attachment {
 public:
  static const char kind;

  explicit shared_servers(event_loop& home);
  ~shared_servers() override;

  /// A server that lives, or seems to; it stays for as long as somebody has the pointer, and for
  /// `server_lingers` more, and not longer than the loop then.
  ///
  /// Errors: those of fork_server_process.
  std::shared_ptr<fork_server_process> find_or_start(const fork_server_settings& how);

 private:
  struct entry;

  static std::shared_ptr<fork_server_process> lease(std::shared_ptr<entry> from);
  void drop(const entry& unused) noexcept;

  event_loop& home_;
  std::vector<std::shared_ptr<entry>> entries_;
};

}  // namespace tridem::detail
