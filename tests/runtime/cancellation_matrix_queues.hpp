// SPDX-License-Identifier: MIT
// Rows of the cancellation matrix: queues, where an item is in one place at any moment.
#pragma once

#include "tests/support/cancellation_matrix.hpp"

#include <tridem/runtime/concurrent_queue.hpp>
#include <tridem/runtime/priority_queue.hpp>
#include <tridem/runtime/queue.hpp>

namespace tridem::test::matrix {

template <class Queue>
class queue_get_row final : public direct_row {
  task<> act() override {
    const auto item = co_await queue_.get();
    got_ = item == 7;
  }
  void happen() override { put_ = queue_.try_put(7); }
  std::string damage(bool delivered) override {
    if (delivered != got_) return "the item did not come with the result";
    return put_ && queue_.size() == (delivered ? 0u : 1u) ? "" : "the item is lost";
  }
  Queue queue_{1};
  bool put_ = false;
  bool got_ = false;
};

template <class Queue>
class queue_put_row final : public direct_row {
  task<> prepare() override {
    (void)queue_.try_put(1);
    co_return;
  }
  task<> act() override { put_ = co_await queue_.put(7); }
  void happen() override { got_ = queue_.try_get() == 1; }
  std::string damage(bool delivered) override {
    if (delivered != put_ || !got_) return "the queue mixed something up";
    if (queue_.size() != (delivered ? 1u : 0u)) return "an item is lost, or came unasked";
    return !delivered || queue_.try_get() == 7 ? "" : "another item than was put";
  }
  Queue queue_{1};
  bool put_ = false;
  bool got_ = false;
};

template <class Queue>
class queue_join_row final : public direct_row {
  task<> prepare() override {
    (void)queue_.try_put(1);
    (void)queue_.try_get();
    co_return;
  }
  task<> act() override { co_await queue_.join(); }
  void happen() override { queue_.task_done(); }
  std::string damage(bool) override { return ""; }
  Queue queue_{1};
};

inline std::vector<entry> queue_rows() {
  return {
      {"queue.get", make_row<queue_get_row<queue<int>>>},
      {"queue.put", make_row<queue_put_row<queue<int>>>},
      {"queue.join", make_row<queue_join_row<queue<int>>>},
      {"priority_queue.get", make_row<queue_get_row<priority_queue<int>>>},
      {"priority_queue.put", make_row<queue_put_row<priority_queue<int>>>},
      {"priority_queue.join", make_row<queue_join_row<priority_queue<int>>>},
      {"concurrent_queue.get", make_row<queue_get_row<concurrent_queue<int>>>},
      {"concurrent_queue.put", make_row<queue_put_row<concurrent_queue<int>>>},
  };
}

}  // namespace tridem::test::matrix
