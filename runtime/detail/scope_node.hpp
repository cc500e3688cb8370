// SPDX-License-Identifier: MIT
// A node of the tree along which a request to stop spreads. Small, because every task has one.
#pragma once

#include <tridem/runtime/detail/ring_list.hpp>
#include <tridem/runtime/detail/strand.hpp>
#include <tridem/runtime/time.hpp>

namespace tridem::detail {

struct scope_siblings_tag;

class scope_listener;

/// A region that can be told to stop. One strand runs in it, or in a region inside it; only the
/// region of a gather holds many.
class scope_node : public list_hook<scope_siblings_tag> {
 public:
  enum class kind : unsigned char {
    plain,
    shield,    ///< What is cancelled around it does not reach inside.
    gather,    ///< Its strands are the children of a gather_core.
    task,      ///< It is that of a task_control_base.
    group,     ///< It is a group_scope: the tasks in it have an owner.
    listener,  ///< No region: a scope_listener of the one around it.
  };

  explicit scope_node(kind which = kind::plain) noexcept : kind_(which) {}
  scope_node(const scope_node&) = delete;
  scope_node& operator=(const scope_node&) = delete;
  ~scope_node() {
    if (parent_ != nullptr || line_ != nullptr || !children_.empty()) [[unlikely]]
      end();
  }

  /// Requests the stop of everything inside. Never resumes anything inline; calling it again does
  /// nothing. Cost: O(strands and scopes inside).
  void cancel() noexcept;

  [[nodiscard]] kind which() const noexcept { return kind_; }
  /// This scope itself was told to stop.
  [[nodiscard]] bool cancel_called() const noexcept { return cancel_called_; }
  /// Waits inside throw: this scope or one around it (not beyond a shield) was told to stop.
  [[nodiscard]] bool is_cancelled() const noexcept { return effective_; }

  /// The earliest deadline among this scope and those around it, up to the next shield.
  [[nodiscard]] time_point effective_deadline() const noexcept;

  /// Places this scope inside `parent`, opened by `line`. A scope inside a cancelled one is
  /// cancelled from the start.
  void attach(scope_node& parent, strand& line) noexcept {
    line_ = &line;
    parent_ = &parent;
    parent.children_.push_back(*this);
    if (cancel_called_ || (parent.effective_ && kind_ != kind::shield)) [[unlikely]]
      effective_ = true;
    if (has_deadline_) [[unlikely]]
      arm();
  }
  void detach() noexcept {
    if (has_deadline_) [[unlikely]]
      disarm();
    parent_->children_.erase(*this);
    parent_ = nullptr;
    line_ = nullptr;
  }
  [[nodiscard]] scope_node* parent() const noexcept { return parent_; }
  [[nodiscard]] const auto& children() const noexcept { return children_; }
  /// The strand that opened it; null for the root of all and before it is attached.
  [[nodiscard]] strand* line() const noexcept { return line_; }

  /// Tells `one` when this scope is cancelled; at once when it is already.
  void add_listener(scope_listener& one) noexcept;
  /// Null when there is none.
  [[nodiscard]] scope_listener* first_listener() const noexcept;

 protected:
  void arm() noexcept;
  void disarm() noexcept;

 private:
  struct spreading;

  void end() noexcept;
  void spread() noexcept;
  void take_effect(spreading& work) noexcept;

  scope_node* parent_ = nullptr;
  strand* line_ = nullptr;
  ring_list<scope_node, scope_siblings_tag> children_;
  // Last, so that what derives can use the rest of the word.
  const kind kind_;
  bool cancel_called_ = false;
  bool effective_ = false;
  bool is_to_be_spread_ = false;

 protected:
  bool has_deadline_ = false;  // then this is a cancel_scope
};

/// Told when the scope around it is cancelled, from inside `cancel`: it must not resume or destroy
/// anything of the loop. A scope without a strand, so that those which have none pay nothing.
class scope_listener : public scope_node {
 public:
  virtual void scope_cancelled() noexcept = 0;
  /// The scope goes; the listener is out of it and may free itself.
  virtual void scope_gone() noexcept = 0;

 protected:
  scope_listener() noexcept : scope_node(kind::listener) {}
  ~scope_listener() = default;
};

/// Runs the rest of a block of `line` inside `scope`.
class scope_entry {
 public:
  scope_entry(strand& line, scope_node& scope) noexcept : line_(line), scope_(scope) {
    scope.attach(*line.scope, line);
    line.scope = &scope;
  }
  scope_entry(const scope_entry&) = delete;
  scope_entry& operator=(const scope_entry&) = delete;
  ~scope_entry() {
    line_.scope = scope_.parent();
    scope_.detach();
  }

 private:
  strand& line_;
  scope_node& scope_;
};

}  // namespace tridem::detail
