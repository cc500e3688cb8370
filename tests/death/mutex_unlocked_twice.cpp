// SPDX-License-Identifier: MIT
// expect: mutex::unlock was called on a mutex that is not locked
#include <tridem/runtime/mutex.hpp>

int main() {
  tridem::mutex open;
  if (open.try_lock()) open.unlock();
  open.unlock();
}
