// SPDX-License-Identifier: MIT
// What the message of owning_lambda_in_create_task says to write instead.
#include <tridem/runtime/create_task.hpp>

#include <string>

tridem::task<> right(std::string text) {
  auto body = [text]() -> tridem::task<> { co_return; };
  co_await tridem::create_task(tridem::moved(body));
  co_await tridem::create_task([](std::string) -> tridem::task<> { co_return; }, text);
}
