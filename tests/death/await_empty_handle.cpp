// SPDX-License-Identifier: MIT
// expect: a task handle was used that watches nothing
#include <tridem/runtime/run.hpp>

namespace {

tridem::task<> wrong() {
  tridem::task_handle<int> nothing;
  co_await nothing;
}

}  // namespace

int main() {
  tridem::run(wrong());
}
