// SPDX-License-Identifier: MIT
// A tree of tasks of every kind in which any await can be made to fail, and that counts who heard
// of it.
#pragma once

#include <tridem/runtime/adaptors.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/exception.hpp>
#include <tridem/runtime/exception_group.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/race.hpp>
#include <tridem/runtime/shield.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/task_group.hpp>
#include <tridem/runtime/wait_for.hpp>
#include <tridem/runtime/with.hpp>
#include <tridem/runtime/with_cancel_scope.hpp>

#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace tridem::test::failure_tree {

/// Its number stands in its text, so that it is found again in notes and reports.
class planted : public std::runtime_error {
 public:
  explicit planted(int at)
      : std::runtime_error("planted " + std::to_string(at) + "."), number(at) {}
  int number;
};

struct forest {
  std::set<int> fail_at;  // numbers of the awaits that throw
  int awaits = 0;
  int tasks_begun = 0;
  int tasks_ended = 0;
  std::set<int> thrown;
  std::map<int, int> observed;

  void observe_text(const std::string& text) {
    constexpr const char* word = "planted ";
    for (std::size_t at = 0; (at = text.find(word, at)) != std::string::npos;) {
      at += std::char_traits<char>::length(word);
      ++observed[std::stoi(text.substr(at))];
    }
  }
  void observe(const std::exception_ptr& error) {
    try {
      std::rethrow_exception(error);
    } catch (const planted& found) {
      ++observed[found.number];
    } catch (const exception_group& group) {
      for (const std::exception_ptr& one : group.exceptions()) observe(one);
    } catch (...) {
    }
    for (const std::string& note : notes(error)) observe_text(note);
  }
};

/// Every await of the tree comes by here.
inline task<> step(forest& all) {
  const int number = all.awaits++;
  if (all.fail_at.contains(number)) {
    all.thrown.insert(number);
    throw planted(number);
  }
  co_return;
}

class task_mark {
 public:
  explicit task_mark(forest& all) noexcept : all_(all) { ++all_.tasks_begun; }
  task_mark(const task_mark&) = delete;
  ~task_mark() { ++all_.tasks_ended; }

 private:
  forest& all_;
};

inline task<int> leaf(forest& all) {
  const task_mark mark(all);
  co_await step(all);
  co_await sleep(std::chrono::milliseconds(1));
  co_await step(all);
  co_return 1;
}

task<int> branch(forest& all, int depth, int kind);

inline task<> gather_some(forest& all, int depth) {
  std::vector<task<int>> children;
  for (int i = 0; i < 3; ++i) children.push_back(branch(all, depth, i));
  co_await gather(std::move(children));
  co_await gather(branch(all, 0, 0), branch(all, depth, 3));
}

inline task<> settle_some(forest& all, int depth) {
  auto [a, b] = co_await gather_settled(branch(all, depth, 4), branch(all, depth, 5));
  if (a.exception() != nullptr) all.observe(a.exception());
  if (b.exception() != nullptr) all.observe(b.exception());
}

inline task<> group_some(forest& all, int depth) {
  auto body = [&all, depth](task_group& group) -> task<> {
    auto first = group.create_task(branch(all, depth, 6));
    group.create_task(branch(all, depth, 7));
    co_await step(all);
    co_await first;
    co_await step(all);
  };
  co_await with_task_group(body);
}

inline task<> own_some(forest& all, int depth) {
  auto first = create_task(branch(all, depth, 0));
  auto second = create_task(branch(all, depth, 1));
  co_await step(all);
  co_await std::move(first);
  co_await std::move(second);
}

inline async_generator<int> numbers(forest& all) {
  for (int i = 0; i < 3; ++i) {
    co_await step(all);
    co_yield i;
  }
}

inline task<> read_streams(forest& all) {
  auto start = [&all](int) { return leaf(all); };
  auto ordered = numbers(all) | transform(start) | buffered(2);
  while (true) {
    const int* next = co_await ordered.next();
    if (next == nullptr) break;
    co_await step(all);
  }
  auto unordered = merge(numbers(all), numbers(all)) | transform(start) | buffered_unordered(2);
  while (true) {
    const int* next = co_await unordered.next();
    if (next == nullptr) break;
    co_await step(all);
  }
}

inline task<> bound_some(forest& all, int depth) {
  co_await wait_for(branch(all, depth, 2), std::chrono::hours(1));
  auto body = [&all, depth](cancel_scope&) { return branch(all, depth, 3); };
  co_await with_cancel_scope(body);
  co_await shield(branch(all, depth, 4));
}

inline task<> clean_up_some(forest& all, int depth) {
  auto body = [&all, depth] { return branch(all, depth, 5); };
  auto cleanup = [&all] { return step(all); };
  co_await finally(body, cleanup);
}

inline task<> race_some(forest& all, int depth) {
  co_await race(branch(all, depth, 6), leaf(all), leaf(all));
}

inline task<int> branch(forest& all, int depth, int kind) {
  const task_mark mark(all);
  if (depth == 0) {
    const int value = co_await leaf(all);
    co_return value;
  }
  co_await step(all);
  switch (kind) {
    case 0:
      co_await gather_some(all, depth - 1);
      break;
    case 1:
      co_await settle_some(all, depth - 1);
      break;
    case 2:
      co_await group_some(all, depth - 1);
      break;
    case 3:
      co_await own_some(all, depth - 1);
      break;
    case 4:
      co_await read_streams(all);
      break;
    case 5:
      co_await bound_some(all, depth - 1);
      break;
    case 6:
      co_await clean_up_some(all, depth - 1);
      break;
    default:
      co_await race_some(all, depth - 1);
      break;
  }
  co_await step(all);
  co_return 1;
}

}  // namespace tridem::test::failure_tree
