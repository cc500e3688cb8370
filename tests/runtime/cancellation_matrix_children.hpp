// SPDX-License-Identifier: MIT
// What rows of the cancellation matrix are made of that wait for something of their own inside.
#pragma once

#include "tests/support/cancellation_matrix.hpp"

#include <tridem/runtime/event.hpp>
#include <tridem/runtime/event_loop.hpp>

#include <utility>

namespace tridem::test::matrix {

/// For what runs in the strand of the awaiting task and waits for an event inside.
class inner_row : public direct_row {
 protected:
  void happen() final { gate_.set(); }
  std::string damage(bool) override { return ""; }
  task<int> inner() {
    co_await gate_.wait();
    co_return 7;
  }

 private:
  event gate_;
};

/// For what waits for a child with a strand of its own. The child calls `before` in its last step;
/// `after` comes behind its end in the ready queue, and before the awaiting task.
class child_row : public row {
 public:
  void complete(hook before, hook after) override {
    before_ = std::move(before);
    after_ = std::move(after);
    gate_.set();
  }
  task<> settle() override {
    gate_.set();
    co_return;
  }
  std::string damage(bool) override {
    return begun_ == ended_ ? "" : "a child outlived what it was given to";
  }

 protected:
  task<int> child() {
    ++begun_;
    const at_the_end count{ended_};
    co_await gate_.wait();
    before_();
    event_loop::current().call_soon([this] { after_(); });
    co_return 7;
  }
  task<int> child_that_waits_for_ever() {
    ++begun_;
    const at_the_end count{ended_};
    event never_set;
    co_await never_set.wait();
    co_return 0;
  }
  task<int> child_that_is_done() { co_return 1; }

 private:
  struct at_the_end {
    int& count;
    ~at_the_end() { ++count; }
  };
  event gate_;
  hook before_ = [] {};
  hook after_ = [] {};
  int begun_ = 0;
  int ended_ = 0;
};

}  // namespace tridem::test::matrix
