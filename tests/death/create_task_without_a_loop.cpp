// SPDX-License-Identifier: MIT
// expect: no event loop runs on this thread
#include <tridem/runtime/create_task.hpp>

namespace {

tridem::task<> body() {
  co_return;
}

}  // namespace

int main() {
  tridem::create_task(body());
}
