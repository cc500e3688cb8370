// SPDX-License-Identifier: MIT
// Rows of the cancellation matrix: tasks, their handles, and what runs several of them.
#pragma once

#include "tests/runtime/cancellation_matrix_children.hpp"

#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/race.hpp>
#include <tridem/runtime/task_group.hpp>
#include <tridem/runtime/wait.hpp>

#include <doctest/doctest.h>

#include <utility>

namespace tridem::test::matrix {

class task_row final : public inner_row {
  task<> act() override {
    const int value = co_await inner();
    CHECK(value == 7);
  }
};

class watched_handle_row final : public child_row {
  task<> prepare() override {
    handle_ = create_task(child());
    co_return;
  }
  task<> act() override { co_await handle_; }
  std::string damage(bool) override {
    return handle_.done() && !handle_.cancelled() ? "" : "the task that was only watched was cut";
  }
  task_handle<int> handle_;
};

class owned_handle_row final : public child_row {
  task<> prepare() override {
    handle_ = create_task(child());
    copy_ = handle_;
    co_return;
  }
  task<> act() override { co_await std::move(handle_); }
  std::string damage(bool delivered) override {
    if (!copy_.done()) return "the task outlived its owner";
    return delivered != copy_.cancelled() ? "" : "value and cancellation";
  }
  task_handle<int> handle_;
  task_handle<int> copy_;
};

class create_task_row final : public child_row {
  task<> act() override { co_await create_task(child()); }
};

class gather_row final : public child_row {
  task<> act() override {
    const auto [a, b] = co_await gather(child(), child_that_is_done());
    CHECK(a + b == 8);
  }
};

class gather_range_row final : public child_row {
  task<> act() override {
    std::vector<task<int>> children;
    children.push_back(child());
    children.push_back(child_that_is_done());
    const std::vector<int> values = co_await gather(std::move(children));
    CHECK(values == std::vector<int>(std::begin(expected), std::end(expected)));
  }
  static constexpr int expected[] = {7, 1};
};

class gather_settled_row final : public child_row {
  task<> act() override {
    auto [a, b] = co_await gather_settled(child(), child_that_is_done());
    CHECK(a.value() + b.value() == 8);
  }
};

class race_row final : public child_row {
  task<> act() override {
    const auto first = co_await race(child_that_waits_for_ever(), child());
    CHECK(std::get<1>(first) == 7);
  }
};

class race_settled_row final : public child_row {
  task<> act() override {
    const auto [none, some] = co_await race_settled(child_that_waits_for_ever(), child());
    CHECK_FALSE(none.has_value());
    CHECK(some == 7);
  }
};

/// Decided by the operation itself, at the moment it completes.
class race_of_operations_row final : public direct_row {
  task<> act() override {
    const auto first = co_await race(never_set_.wait(), gate_.wait());
    CHECK(first.index() == 1);
  }
  void happen() override { gate_.set(); }
  std::string damage(bool) override { return ""; }
  event gate_;
  event never_set_;
};

class wait_row final : public child_row {
  task<> prepare() override {
    handles_.push_back(create_task(child()));
    co_return;
  }
  task<> act() override {
    const auto ended = co_await wait(handles_);
    CHECK(ended.done.size() == 1);
  }
  std::string damage(bool) override {
    return handles_[0].done() && !handles_[0].cancelled() ? "" : "a watched task was cut";
  }
  std::vector<task_handle<int>> handles_;
};

class as_completed_row final : public child_row {
  task<> prepare() override {
    handles_.push_back(create_task(child()));
    co_return;
  }
  task<> act() override {
    auto ended = as_completed(handles_);
    auto* first = co_await ended.next();
    CHECK(first->result() == 7);
  }
  std::string damage(bool) override {
    return handles_[0].done() && !handles_[0].cancelled() ? "" : "a watched task was cut";
  }
  std::vector<task_handle<int>> handles_;
};

class task_group_row final : public child_row {
  task<> act() override {
    auto body = [this](task_group& group) -> task<int> {
      group.create_task(child());
      co_return 3;
    };
    const int value = co_await with_task_group(body);
    CHECK(value == 3);
  }
};

inline std::vector<entry> task_rows() {
  return {
      {"task", make_row<task_row>},
      {"task_handle, watched", make_row<watched_handle_row>},
      {"task_handle, moved", make_row<owned_handle_row>},
      {"create_task", make_row<create_task_row>},
      {"gather", make_row<gather_row>},
      {"gather of a range", make_row<gather_range_row>},
      {"gather_settled", make_row<gather_settled_row>},
      {"race", make_row<race_row>},
      {"race of operations", make_row<race_of_operations_row>},
      {"race_settled", make_row<race_settled_row>},
      {"wait", make_row<wait_row>},
      {"as_completed", make_row<as_completed_row>},
      {"with_task_group", make_row<task_group_row>},
  };
}

}  // namespace tridem::test::matrix
