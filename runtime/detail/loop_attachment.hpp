// SPDX-License-Identifier: MIT
// What floors above keep for a loop: made on first use, gone with it.
#pragma once

#include <tridem/runtime/detail/intrusive_list.hpp>

namespace tridem::detail {

struct loop_attachment_tag;

/// Something of which each loop has at most one: its default thread pool, for example.
///
/// A derived type has a `static const char kind`, whose address tells it from others, and a
/// constructor that takes its `event_loop&`. It is destroyed with the loop, when all tasks have
/// ended; those that were made last go first. Threads: the loop's thread only.
class loop_attachment : public list_hook<loop_attachment_tag> {
 public:
  loop_attachment(const loop_attachment&) = delete;
  loop_attachment& operator=(const loop_attachment&) = delete;
  virtual ~loop_attachment() = default;

  const char* const kind;

 protected:
  explicit loop_attachment(const char& which) noexcept : kind(&which) {}
};

}  // namespace tridem::detail
