// SPDX-License-Identifier: MIT
// Shows: a task that is created runs by itself; one that is only made runs where it is awaited.
#include <tridem/tridem.hpp>

#include <iostream>
#include <string>

tridem::task<> speak(std::string name) {
  std::cout << name << " begins\n";
  co_await tridem::yield();
  std::cout << name << " ends\n";
}

tridem::task<> async_main() {
  auto created = tridem::create_task(speak("created"));
  auto made = speak("made");
  std::cout << "nothing has begun\n";
  co_await tridem::yield();
  std::cout << "main goes on\n";
  co_await std::move(made);
  co_await created;
  std::cout << "both have ended\n";
}

int main() {
  tridem::run(async_main());
}
