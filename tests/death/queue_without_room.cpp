// SPDX-License-Identifier: MIT
// expect: a queue needs a capacity of at least 1
#include <tridem/runtime/queue.hpp>

int main() {
  tridem::queue<int> none(0);
}
