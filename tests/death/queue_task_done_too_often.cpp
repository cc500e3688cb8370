// SPDX-License-Identifier: MIT
// expect: queue::task_done was called more often than items were put
#include <tridem/runtime/queue.hpp>

int main() {
  tridem::queue<int> empty(1);
  empty.task_done();
}
