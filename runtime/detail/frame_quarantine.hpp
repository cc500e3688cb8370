// SPDX-License-Identifier: MIT
// Where freed frames stand for a while in debug mode, so that nobody uses one that is gone
// unnoticed.
#pragma once

#include <cstddef>
#include <deque>

namespace tridem::detail {

/// Fills freed frames with a pattern and keeps the latest of them from being used again.
///
/// A frame that is resumed or destroyed while it stands here ends the program with a text. When it
/// leaves it is looked at: whoever wrote to it ends the program too. One for each thread.
class frame_quarantine {
 public:
  static constexpr std::size_t bytes_max = 16 * 1024 * 1024;
  static constexpr std::size_t frames_max = 16 * 1024;

  frame_quarantine() = default;
  frame_quarantine(const frame_quarantine&) = delete;
  frame_quarantine& operator=(const frame_quarantine&) = delete;
  /// Looks at all that is left, and frees it.
  ~frame_quarantine();

  /// Takes over a frame of `size` bytes that was made by `operator new`.
  void take(void* frame, std::size_t size);

  /// That of this thread; null while it has none. Managed by `enter_quarantine`.
  static constinit thread_local frame_quarantine* of_this_thread;

  /// Fills memory that is to become a frame: what is read before it is written is the same each
  /// time, and no plausible value.
  static void fill_new(void* frame, std::size_t size) noexcept;

 private:
  struct entry {
    void* frame;
    std::size_t size;
    const void* function;  ///< Code of the coroutine that it was.
  };

  void release_oldest() noexcept;
  friend void report_use_after_free(void* frame, const char* what) noexcept;

  std::deque<entry> held_;
  std::size_t bytes_ = 0;
};

/// From now until `leave_quarantine` the frames that this thread frees go through a quarantine, and
/// none is recycled. Does nothing under AddressSanitizer, which keeps and shows more.
void enter_quarantine();
void leave_quarantine() noexcept;

}  // namespace tridem::detail
