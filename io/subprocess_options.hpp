// SPDX-License-Identifier: MIT
// What a subprocess is started with: its words, its standard streams, its surroundings.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tridem {

/// The words of a command: the program, then its arguments, each exactly as the program gets it.
///
/// `{"grep", "-n", "a b"}` is three words. Nothing is split, expanded or quoted, no shell sees it.
/// It is no initializer list, which g++ 12 rejects inside a co_await expression.
class command_line {
 public:
  /// @param program    A path, or without '/' a name to be found in PATH.
  /// @param arguments  Anything that converts to std::string_view.
  template <class... Words>
    requires(std::convertible_to<const Words&, std::string_view> && ...)
  command_line(std::string_view program, const Words&... arguments) {
    words_.reserve(1 + sizeof...(Words));
    words_.emplace_back(program);
    (words_.emplace_back(std::string_view(arguments)), ...);
  }
  /// The same from a list made at run time; the first word is the program.
  command_line(std::vector<std::string> words) noexcept : words_(std::move(words)) {}

  [[nodiscard]] const std::vector<std::string>& words() const noexcept { return words_; }

 private:
  std::vector<std::string> words_;
};

/// What one of the three standard streams of a subprocess is.
class stdio {
 public:
  enum class kind : std::uint8_t { inherit, null, pipe, descriptor, output };

  /// Whatever this process has there; nothing, if it has none.
  static const stdio inherit;
  /// /dev/null: empty to read, and takes all that is written.
  static const stdio null;
  /// A pipe, whose other end the `subprocess` object gives as a stream.
  static const stdio pipe;
  /// For `error_output`: the same as the subprocess's `output`, so that both arrive in order.
  static const stdio output;
  /// A copy of `fd`, which is borrowed until the subprocess has started. A non-blocking one is a
  /// surprise to most programs.
  [[nodiscard]] static constexpr stdio descriptor(int fd) noexcept {
    return stdio(kind::descriptor, fd);
  }

  [[nodiscard]] constexpr kind what() const noexcept { return kind_; }
  [[nodiscard]] constexpr int fd() const noexcept { return fd_; }

 private:
  explicit constexpr stdio(kind what, int fd = -1) noexcept : fd_(fd), kind_(what) {}
  int fd_;
  kind kind_;
};

inline constexpr stdio stdio::inherit{stdio::kind::inherit};
inline constexpr stdio stdio::null{stdio::kind::null};
inline constexpr stdio stdio::pipe{stdio::kind::pipe};
inline constexpr stdio stdio::output{stdio::kind::output};

/// Whose signals a subprocess gets.
enum class process_group : std::uint8_t {
  inherit,  ///< Ours: Ctrl-C at the terminal reaches both.
  own,      ///< One of its own: signals that we send reach all processes in it.
  session,  ///< The same, and away from the terminal.
};

/// How a subprocess is started and ended. Name it before the call, as g++ 12 demands:
/// `subprocess_options options{.output = stdio::pipe};`
struct subprocess_options {
  stdio input = stdio::inherit;
  stdio output = stdio::inherit;
  stdio error_output = stdio::inherit;
  /// Where it starts; a program with '/' that is no absolute path is looked for from here. Empty:
  /// where this process is.
  std::string directory = {};
  /// NAME=value replaces or adds, a bare NAME takes away.
  std::vector<std::string> environment = {};
  /// False: the environment consists of `environment` alone.
  bool inherit_environment = true;
  /// Become 3, 4, ... in the subprocess, in this order. Borrowed until it has started; no other
  /// descriptor passes.
  std::vector<int> descriptors = {};
  process_group group = process_group::inherit;
  /// How long `close()` waits after SIGTERM until it sends SIGKILL; 0 or more.
  std::chrono::milliseconds grace = std::chrono::seconds(5);
  /// Whether the kernel kills it when the thread that started it ends, however that happens. Its
  /// own children, and programs that change their user, are not reached.
  bool die_with_parent = true;
};

}  // namespace tridem
