// SPDX-License-Identifier: MIT
// A program whose main is not wrapped, because it does not link tridem::tridem: a process pool must
// say so before it spawns anything. Exit code 0 when it does.
#include <tridem/pool/errors.hpp>
#include <tridem/pool/process_pool.hpp>
#include <tridem/runtime/run.hpp>

#include <cstdio>
#include <cstring>
#include <sys/wait.h>

namespace {

int add_one(int x) {
  return x + 1;
}

tridem::task<bool> is_refused_with_advice() {
  tridem::process_pool pool;
  try {
    co_await pool.submit<&add_one>(1);
  } catch (const tridem::pool_start_error& error) {
    std::printf("%s\n", error.what());
    co_return std::strstr(error.what(), "not wrapped") !=
        nullptr&& std::strstr(error.what(), "tridem::tridem") != nullptr;
  }
  co_return false;
}

}  // namespace

int main() {
  const bool refused = tridem::run(is_refused_with_advice());
  const bool spawned_nothing = ::waitpid(-1, nullptr, WNOHANG) == -1;
  return refused && spawned_nothing ? 0 : 1;
}
