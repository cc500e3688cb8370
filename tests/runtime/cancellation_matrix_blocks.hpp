// SPDX-License-Identifier: MIT
// Rows of the cancellation matrix: what stands around an await, and streams.
#pragma once

#include "tests/runtime/cancellation_matrix_children.hpp"
#include "tests/runtime/cancellation_matrix_primitives.hpp"

#include <tridem/runtime/adaptors.hpp>
#include <tridem/runtime/result.hpp>
#include <tridem/runtime/retry.hpp>
#include <tridem/runtime/shield.hpp>
#include <tridem/runtime/wait_for.hpp>
#include <tridem/runtime/with.hpp>
#include <tridem/runtime/with_cancel_scope.hpp>

#include <doctest/doctest.h>

#include <stdexcept>

namespace tridem::test::matrix {

class cancel_scope_row final : public inner_row {
  task<> act() override {
    auto body = [this](cancel_scope&) { return inner(); };
    const std::optional<int> value = co_await with_cancel_scope(body);
    CHECK(value == 7);
  }
};

class wait_for_row final : public inner_row {
  task<> act() override { co_await wait_for(inner(), std::chrono::hours(1)); }
};
class wait_until_row final : public inner_row {
  task<> act() override { co_await wait_until(inner(), now() + std::chrono::hours(1)); }
};
/// Its own deadline is what ends it.
class timeout_row final : public timed_row {
  task<> act() override {
    event never_set;
    co_await wait_for(never_set.wait(), span);
  }
  bool yields_to_cancellation() const override { return true; }
};

class shield_row final : public inner_row {
  task<> act() override { co_await shield(inner()); }
  bool ignores_cancellation() const override { return true; }
};

class as_result_row final : public inner_row {
  task<> act() override {
    auto value = co_await as_result(inner());
    CHECK(value.value() == 7);
  }
};

class finally_row final : public inner_row {
  task<> act() override {
    auto body = [this] { return inner(); };
    auto cleanup = [this]() -> task<> {
      co_await yield();
      ++cleaned_;
    };
    co_await finally(body, cleanup);
  }
  std::string damage(bool) override { return cleaned_ == 1 ? "" : "the cleanup did not run once"; }
  int cleaned_ = 0;
};

class with_row final : public inner_row {
  struct resource {
    int* closed;
    task<> close() {
      co_await yield();
      ++*closed;
    }
  };
  task<> act() override {
    auto body = [this](resource&) { return inner(); };
    resource opened{&closed_};
    co_await with(std::move(opened), body);
  }
  std::string damage(bool) override { return closed_ == 1 ? "" : "it was not closed once"; }
  int closed_ = 0;
};

class retry_row final : public inner_row {
  task<> act() override {
    auto attempt = [this] { return inner(); };
    co_await retry(retry_policy{}, attempt);
  }
};

/// Cancelled in the pause between two attempts.
class retry_pause_row final : public timed_row {
  task<int> fail_once() {
    if (++attempts_ == 1) throw std::runtime_error("the first attempt fails");
    co_return 7;
  }
  task<> act() override {
    auto attempt = [this] { return fail_once(); };
    const retry_policy policy{.attempts = 2, .first_pause = span, .jitter = 0.0};
    co_await retry(policy, attempt);
  }
  std::string damage(bool delivered) override {
    return attempts_ == (delivered ? 2 : 1) ? "" : "it went on after it was cut";
  }
  int attempts_ = 0;
};

/// Waits for its turn behind another call.
class limit_row final : public child_row {
  using call = task<int> (*)(limit_row*, bool);
  static task<int> run(limit_row* self, bool is_first) {
    if (is_first) return self->child();
    return self->child_that_is_done();
  }
  task<> prepare() override {
    first_ = create_task(few_(this, true));
    co_await yield();
    co_await yield();
  }
  task<> act() override { co_await few_(this, false); }
  std::string damage(bool) override {
    return first_.done() && few_.available() == 1 ? "" : "the place was not given back";
  }
  limited<call> few_{1, &run};
  task_handle<int> first_;
};

/// A source that counts its frames, so that one left behind is seen.
class stream_row : public child_row {
 protected:
  using stream_of_tasks = async_generator<task<int>>;

  explicit stream_row() = default;
  async_generator<int> numbers() {
    const open_mark mark(open_);
    const int number = co_await child();
    co_yield number;
  }
  stream_of_tasks tasks() {
    const open_mark mark(open_);
    co_yield child();
  }
  static task<> read_one(async_generator<int> stream) {
    const int* number = co_await stream.next();
    CHECK(*number == 7);
  }
  std::string damage(bool delivered) override {
    return open_ == 0 ? child_row::damage(delivered) : "the source is still there";
  }

 private:
  struct open_mark {
    explicit open_mark(int& of) : count(of) { ++count; }
    open_mark(const open_mark&) = delete;
    ~open_mark() { --count; }
    int& count;
  };
  int open_ = 0;
};

/// In the strand of its reader, as are the adaptors that do not run ahead.
template <class Adapt>
class generator_row final : public inner_row {
  async_generator<int> numbers() {
    const int number = co_await inner();
    co_yield number;
  }
  task<> act() override {
    auto stream = Adapt::apply(numbers());
    const int* number = co_await stream.next();
    CHECK(*number == 7);
  }
};
struct bare {
  static auto apply(async_generator<int> source) { return source; }
};
struct filtered_numbers {
  static auto apply(async_generator<int> source) {
    return std::move(source) | filter([](int) { return true; });
  }
};
struct transformed_numbers {
  static auto apply(async_generator<int> source) {
    return std::move(source) | transform([](int number) { return number; });
  }
};
struct taken_numbers {
  static auto apply(async_generator<int> source) { return std::move(source) | take(1); }
};

class buffered_unordered_row final : public stream_row {
  task<> act() override { return read_one(tasks() | buffered_unordered(2)); }
};
class merge_row final : public stream_row {
  task<> act() override { return read_one(merge(numbers())); }
};
class buffered_row final : public child_row {
  async_generator<task<int>> tasks() { co_yield child(); }
  task<> act() override {
    auto stream = tasks() | buffered(2);
    const int* number = co_await stream.next();
    CHECK(*number == 7);
  }
};

inline std::vector<entry> block_rows() {
  return {
      {"with_cancel_scope", make_row<cancel_scope_row>},
      {"wait_for", make_row<wait_for_row>},
      {"wait_for, its deadline", make_row<timeout_row>},
      {"wait_until", make_row<wait_until_row>},
      {"shield", make_row<shield_row>},
      {"as_result", make_row<as_result_row>},
      {"finally", make_row<finally_row>},
      {"with", make_row<with_row>},
      {"retry", make_row<retry_row>},
      {"retry, its pause", make_row<retry_pause_row>},
      {"limit", make_row<limit_row>},
      {"async_generator.next", make_row<generator_row<bare>>},
      {"filter", make_row<generator_row<filtered_numbers>>},
      {"transform", make_row<generator_row<transformed_numbers>>},
      {"take", make_row<generator_row<taken_numbers>>},
      {"buffered", make_row<buffered_row>},
      {"buffered_unordered", make_row<buffered_unordered_row>},
      {"merge", make_row<merge_row>},
  };
}

}  // namespace tridem::test::matrix
