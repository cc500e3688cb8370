// SPDX-License-Identifier: MIT
// What every compiler carries safely into a co_await expression: names, references, arguments.
#include <tridem/runtime/task_group.hpp>
#include <tridem/runtime/with_cancel_scope.hpp>

#include <memory>
#include <string>

tridem::task<int> length(std::string text) {
  co_return static_cast<int>(text.size());
}

tridem::task<int> right(std::string text) {
  int sum = co_await tridem::create_task(length, text);
  co_await tridem::create_task([](std::string) -> tridem::task<> { co_return; }, text);
  co_await tridem::create_task([&sum]() -> tridem::task<> {
    ++sum;
    co_return;
  });

  auto owning = [text] { return length(text); };
  sum += co_await tridem::create_task(owning);
  sum += co_await tridem::create_task(std::move(owning).operator()());
  auto given_away = [kept = std::make_unique<int>(1)]() -> tridem::task<int> { co_return *kept; };
  sum += co_await tridem::create_task(tridem::moved(given_away));

  co_await tridem::with_task_group([&](tridem::task_group& group) -> tridem::task<> {
    // As a statement of its own the call is no part of a co_await expression.
    group.create_task([text]() -> tridem::task<> { co_return; });
    co_return;
  });
  auto body = [text](tridem::cancel_scope&) -> tridem::task<> { co_return; };
  co_await tridem::with_cancel_scope(tridem::moved(body));
  co_return sum;
}
