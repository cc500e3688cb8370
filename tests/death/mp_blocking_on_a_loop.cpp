// SPDX-License-Identifier: MIT
// expect: a blocking member of tridem::mp was called on the thread of a loop
#include <tridem/pool/mp_mutex.hpp>
#include <tridem/runtime/run.hpp>

namespace {

tridem::task<> wrong() {
  const tridem::mp::mutex lock;
  const auto guard = lock.lock_blocking();
  co_return;
}

}  // namespace

int main() {
  tridem::run(wrong());
}
