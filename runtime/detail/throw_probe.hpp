// SPDX-License-Identifier: MIT
// The native stack of a throw, as the one who catches it sees it.
//
// An exception is thrown in two phases: the unwinder first looks for a handler, and only when it
// has found one does it leave the frames in between. Each handler that it comes by is asked, by the
// type that it catches, whether the exception is for it. A handler for `throw_probe` is for none;
// but when it is asked, the stack still stands, from the throw to the one who is asked.
#pragma once

#include <cstddef>
#include <span>

namespace tridem::detail {

/// Never thrown. Where the native stack of a throw is wanted:
///
///     throw_watch watch;
///     try {
///       f();
///     } catch (const throw_probe&) {
///     } catch (...) {
///       use(watch.calls());
///     }
///
/// A throw that is caught and thrown again in between is seen from where it was thrown last.
/// Source: Itanium C++ ABI, Exception Handling, 2.5; libstdc++, type_info::__do_catch.
class throw_probe {
 public:
  throw_probe() = delete;
  throw_probe(const throw_probe&) = delete;
  // Defined nowhere: so the compiler takes the type's description for that of another file, and
  // throw_probe.cpp supplies one that takes a look.
  virtual ~throw_probe();
};

/// Stands in the function that catches. Threads: one watch at a time on each, or nested.
class throw_watch {
 public:
  [[gnu::always_inline]] throw_watch() noexcept : throw_watch(__builtin_frame_address(0)) {}
  throw_watch(const throw_watch&) = delete;
  throw_watch& operator=(const throw_watch&) = delete;
  ~throw_watch();

  /// Return addresses, as backtrace(3) gives them: from the function that threw to the one that
  /// catches. Empty when no throw has come by, or the standard library is not
  /// libstdc++.
  [[nodiscard]] std::span<void* const> calls() const noexcept { return {calls_, count_}; }

  /// Library use: takes the stack that stands at this moment.
  void look() noexcept;
  [[nodiscard]] static throw_watch* current() noexcept;

 private:
  explicit throw_watch(const void* frame) noexcept;

  static constexpr std::size_t calls_max = 48;

  throw_watch* outer_;
  const void* frame_;  // of the function that catches
  std::size_t count_ = 0;
  void* calls_[calls_max];
};

}  // namespace tridem::detail
