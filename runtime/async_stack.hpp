// SPDX-License-Identifier: MIT
// async_stack: the places through which an exception has come, or at which a task stands.
#pragma once

#include <cstdint>
#include <source_location>
#include <string>
#include <vector>

namespace tridem {

/// One place of an async stack.
///
/// It answers what a std::source_location does; and it may be a place without a line, or one in
/// another thread or process. Texts are made when they are asked for.
class stack_place {
 public:
  enum class kind : unsigned char {
    await,     ///< The `co_await` at which a frame stands, or stood last.
    function,  ///< A function that has not come to an await: its line is not known.
    creation,  ///< Where the task was created: the end of its stack.
    job,       ///< A function that ran on a thread of a pool.
    remote,    ///< A function that ran in a worker process.
  };

  /// An await.
  stack_place(std::source_location where = {}) noexcept : where_(where) {}
  /// The function that `code` is in.
  [[nodiscard]] static stack_place in_code(const void* code);
  /// Where the task `name` was created: a line, or the code of the function that did it.
  [[nodiscard]] static stack_place created(std::source_location where, std::string name);
  [[nodiscard]] static stack_place created_in_code(const void* code, std::string name);
  /// A function that ran on a thread: by its code, or by its name.
  [[nodiscard]] static stack_place in_job_code(const void* code);
  [[nodiscard]] static stack_place in_job(std::string function);
  /// A function that ran in the process `pid`: by its name, or by an offset in the file `object`.
  [[nodiscard]] static stack_place in_worker(int pid, std::string function);
  [[nodiscard]] static stack_place in_worker(int pid, std::string object, std::uintptr_t offset);

  [[nodiscard]] kind what() const noexcept { return kind_; }
  /// Readable: "load(int)". Empty when nothing is known.
  ///
  /// Cost: a text; for a place known by its code also a look into a symbol table, up to some
  /// milliseconds when it is the first.
  [[nodiscard]] std::string function_name() const;
  /// As the compiler was given it; empty when it is not known.
  [[nodiscard]] const char* file_name() const noexcept { return where_.file_name(); }
  /// From 1; 0 when it is not known.
  [[nodiscard]] std::uint_least32_t line() const noexcept { return where_.line(); }
  /// The process, when it is another one; else 0.
  [[nodiscard]] int pid() const noexcept { return pid_; }

  /// "at load(int) (settings.cpp:14)", "in worker 1234: resize(image)". Empty when nothing is
  /// known.
  [[nodiscard]] std::string to_string() const;

 private:
  stack_place(kind what, std::uintptr_t code, std::string text) noexcept;

  std::source_location where_;
  std::uintptr_t code_ = 0;  // an address here; in another process an offset in the object `text_`
  std::string text_;         // a function, an object, or the task that was created
  int pid_ = 0;
  kind kind_ = kind::await;
};

/// The places between a throw, or an await, and the root of its task, innermost first.
using async_stack = std::vector<stack_place>;

/// One line for each place, "    at function (file:line)", without a final line break.
[[nodiscard]] std::string format_stack(const async_stack& stack);

}  // namespace tridem
