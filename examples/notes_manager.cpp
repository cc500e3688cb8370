// SPDX-License-Identifier: MIT
// Shows: a dictionary that lives in a process of its own, as a Manager's dict does.
#include <tridem/tridem.hpp>

#include <iostream>
#include <map>
#include <string>

using dictionary = std::map<std::string, int>;

void set(dictionary& in, std::string key, int value) {
  in[key] = value;
}
int get(const dictionary& in, const std::string& key) {
  return in.at(key);
}
dictionary items(const dictionary& in) {
  return in;
}

tridem::task<> async_main() {
  auto shared = co_await tridem::remote<dictionary>::make();
  co_await shared.call<&set>("apples", 3);
  co_await shared.call<&set>("pears", 5);
  std::cout << "pears: " << co_await shared.call<&get>("pears") << '\n';
  try {
    (void)co_await shared.call<&get>("plums");
  } catch (const std::out_of_range&) {
    std::cout << "no plums\n";
  }
  for (const auto& [key, value] : co_await shared.call<&items>()) {
    std::cout << key << " = " << value << '\n';
  }
  co_await shared.close();
}

int main() {
  tridem::run(async_main());
}
