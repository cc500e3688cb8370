// SPDX-License-Identifier: MIT
// A queue of operations that a driver holds: nothing is allocated, and an empty one is a null
// pointer, for there is one for each descriptor.
#pragma once

#include <tridem/runtime/operation.hpp>

#include <utility>

namespace tridem::detail {

/// Operations in order of arrival, in a ring through `driver_data`: each knows the next, the last
/// one the first. An operation stands in one of them at most. Owns nothing.
class operation_ring {
 public:
  [[nodiscard]] bool empty() const noexcept { return last_ == nullptr; }

  void push_back(operation& op) noexcept {
    op.driver_data = &op;
    if (last_ != nullptr) op.driver_data = std::exchange(last_->driver_data, &op);
    last_ = &op;
  }

  operation& pop_front() noexcept {
    operation& first = *next_of(*last_);
    take_behind(*last_, first);
    return first;
  }

  /// Takes `op` out; false when it is not here. Cost: O(operations before it).
  bool remove(operation& op) noexcept {
    operation* before = last_;
    if (before == nullptr) return false;
    while (next_of(*before) != &op) {
      before = next_of(*before);
      if (before == last_) return false;
    }
    take_behind(*before, op);
    return true;
  }

 private:
  static operation* next_of(const operation& op) noexcept {
    return static_cast<operation*>(op.driver_data);
  }

  void take_behind(operation& before, operation& op) noexcept {
    before.driver_data = op.driver_data;
    if (&op == last_) last_ = &before == &op ? nullptr : &before;
    op.driver_data = nullptr;
  }

  operation* last_ = nullptr;
};

}  // namespace tridem::detail
