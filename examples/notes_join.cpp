// SPDX-License-Identifier: MIT
// Shows: with join the parent waits for its processes; without it, it goes on beside them.
#include <tridem/tridem.hpp>

#include <iostream>
#include <string>

void say(std::string what, tridem::mp::event go, tridem::mp::event said) {
  go.wait_blocking();
  std::cout << what << std::endl;
  said.set();
}

tridem::task<> async_main() {
  const tridem::mp::event go;
  const tridem::mp::event said;
  auto child = tridem::process::start<&say>("with join: the child", go, said);
  go.set();
  co_await child.join();
  std::cout << "with join: the parent, after it" << std::endl;

  const tridem::mp::event go_later;
  const tridem::mp::event said_later;
  auto other = tridem::process::start<&say>("without join: the child", go_later, said_later);
  std::cout << "without join: the parent, before it" << std::endl;
  go_later.set();
  // The object owns its process: to leave this block now would end it in the middle of its work.
  co_await said_later.wait();
}

int main() {
  tridem::run(async_main());
}
