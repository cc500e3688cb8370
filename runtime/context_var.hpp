// SPDX-License-Identifier: MIT
// context_var<T>: a value that follows the task, not the thread: a request id, a user, a trace.
#pragma once

#include <tridem/runtime/detail/context.hpp>

#include <memory>
#include <utility>

namespace tridem {
namespace detail {

/// The value of `variable` as the running strand sees it; null when it was never set there or
/// above.
[[nodiscard]] std::shared_ptr<const void> context_value(const void* variable) noexcept;
/// Sets it for the running strand, and for what it starts from now on; null takes the setting away.
void set_context_value(const void* variable, std::shared_ptr<const void> value);

}  // namespace detail

/// A variable of which each task has its own value, inherited from the task that started it: a
/// child (create_task, gather, a group) sees what its parent had set at that moment, and what it
/// sets itself is seen by it and its children alone.
///
/// Declare it with static lifetime. Threads: the loop's thread. Outside a task only the default is
/// seen. Cost: get walks the list of variables set (few); set allocates; starting a task copies one
/// pointer.
template <class T>
class context_var {
 public:
  /// @param otherwise  What `get` gives where nothing was set.
  explicit context_var(T otherwise = T()) : default_(std::move(otherwise)) {}
  context_var(const context_var&) = delete;
  context_var& operator=(const context_var&) = delete;

  /// The value as it was before a `set`; give it to `reset`.
  class token {
   private:
    friend context_var;
    explicit token(std::shared_ptr<const void> before) noexcept : before_(std::move(before)) {}
    std::shared_ptr<const void> before_;
  };

  /// The value of this task. Stays valid until this task sets the variable again.
  [[nodiscard]] const T& get() const noexcept {
    const std::shared_ptr<const void> value = detail::context_value(this);
    return value == nullptr ? default_ : *static_cast<const T*>(value.get());
  }
  /// Sets the value for this task and what it starts from now on. Aborts outside a task.
  token set(T value) {
    token before(detail::context_value(this));
    detail::set_context_value(this, std::make_shared<const T>(std::move(value)));
    return before;
  }
  /// Takes a `set` back.
  void reset(token before) { detail::set_context_value(this, std::move(before.before_)); }

 private:
  const T default_;
};

}  // namespace tridem
