// SPDX-License-Identifier: MIT
// The one way to say stop: scopes that nest, and `cancelled`, which is thrown inside a cancelled
// one.
#pragma once

#include <tridem/runtime/detail/intrusive_list.hpp>
#include <tridem/runtime/detail/strand.hpp>
#include <tridem/runtime/detail/timer_wheel.hpp>
#include <tridem/runtime/time.hpp>

namespace tridem {

/// Throws `cancelled` (library use: leaf awaits).
[[noreturn]] void throw_cancelled();

/// Thrown by a cancellable await inside a cancelled scope. Not a std::exception, so that a broad
/// catch does not swallow it; let it pass. Only the library creates it.
class cancelled {
 public:
  [[nodiscard]] const char* what() const noexcept { return "cancelled"; }

 private:
  cancelled() = default;
  friend void throw_cancelled();
};

namespace detail {
struct scope_children_tag;
struct scope_listener_tag;

/// Told when a scope is cancelled, from inside `cancel`: it must not resume or destroy anything of
/// the loop.
class scope_listener : public list_hook<scope_listener_tag> {
 public:
  virtual void scope_cancelled() noexcept = 0;
  /// The scope goes; the listener is out of its list and may free itself.
  virtual void scope_gone() noexcept = 0;

 protected:
  scope_listener() = default;
  ~scope_listener() = default;
};

class scope_entry;
}  // namespace detail

/// A region that can be told to stop, by call or by the clock. Cancellation is level-triggered:
/// once cancelled, the wait at hand and every later cancellable wait inside throws `cancelled`,
/// until the region is left.
///
/// Made by `with_cancel_scope`, `wait_for`, groups and the like; it lives in the frame that runs
/// the region. Threads: the loop's thread only.
class cancel_scope final : public detail::list_hook<detail::scope_children_tag>,
                           private detail::timer_node {
 public:
  enum class kind : unsigned char { plain, shield };

  explicit cancel_scope(kind which = kind::plain) noexcept : shielded_(which == kind::shield) {}
  cancel_scope(const cancel_scope&) = delete;
  cancel_scope& operator=(const cancel_scope&) = delete;
  ~cancel_scope();

  /// Requests the stop of everything inside. Never resumes anything inline; calling it again does
  /// nothing. Cost: O(strands and scopes inside).
  void cancel() noexcept;

  /// Cancels by itself at `when`; replaces an earlier deadline, `never` removes it.
  void deadline(time_point when) noexcept;
  [[nodiscard]] time_point deadline() const noexcept { return deadline_; }

  /// The earliest deadline among this scope and those around it, up to the next shield.
  [[nodiscard]] time_point effective_deadline() const noexcept;

  /// This scope itself was told to stop.
  [[nodiscard]] bool cancel_called() const noexcept { return cancel_called_; }
  /// This scope was told to stop by its own deadline.
  [[nodiscard]] bool deadline_fired() const noexcept { return deadline_fired_; }
  /// Waits inside throw: this scope or one around it (not beyond a shield) was told to stop.
  [[nodiscard]] bool is_cancelled() const noexcept { return effective_; }

  /// Places this scope inside `parent` (library use). A scope inside a cancelled one is cancelled
  /// from the start.
  void attach(cancel_scope* parent, detail::loop_core& home) noexcept;
  void detach() noexcept;
  [[nodiscard]] cancel_scope* parent() const noexcept { return parent_; }

  /// Those to tell; a cancelled scope does not tell late comers (library use).
  [[nodiscard]] auto& listeners() noexcept { return listeners_; }

  /// Puts `line` into this scope; it must be in none (library use).
  void adopt(detail::strand& line) noexcept {
    strands_.push_back(line);
    line.scope = this;
  }
  void release(detail::strand& line) noexcept {
    strand_list::erase(line);
    line.scope = nullptr;
  }

 private:
  using scope_list = detail::intrusive_list<cancel_scope, detail::scope_children_tag>;
  using strand_list = detail::intrusive_list<detail::strand, detail::scope_strands_tag>;
  struct spreading;

  void fire() noexcept override;
  void spread() noexcept;
  void take_effect(spreading& work) noexcept;

  cancel_scope* parent_ = nullptr;
  detail::loop_core* home_ = nullptr;
  scope_list children_;
  strand_list strands_;
  detail::intrusive_list<detail::scope_listener, detail::scope_listener_tag> listeners_;
  time_point deadline_ = never;
  const bool shielded_;
  bool cancel_called_ = false;
  bool deadline_fired_ = false;
  bool effective_ = false;
};

namespace detail {

/// Runs the rest of a block of `line` inside `scope`.
class scope_entry {
 public:
  scope_entry(strand& line, cancel_scope& scope) noexcept;
  scope_entry(const scope_entry&) = delete;
  scope_entry& operator=(const scope_entry&) = delete;
  ~scope_entry();

 private:
  strand& line_;
  cancel_scope& scope_;
};

}  // namespace detail
}  // namespace tridem
