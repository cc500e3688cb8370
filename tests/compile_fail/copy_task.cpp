// SPDX-License-Identifier: MIT
// A task owns its frame: it moves, it is not copied.
// expect: deleted
#include <tridem/runtime/task.hpp>

tridem::task<int> wrong(const tridem::task<int>& other) {
  return other;
}
