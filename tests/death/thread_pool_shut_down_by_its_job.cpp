// SPDX-License-Identifier: MIT
// expect: shutdown of a thread pool was awaited in a job of that pool
#include <tridem/pool/thread_pool.hpp>
#include <tridem/runtime/run.hpp>

namespace {

tridem::task<> end(tridem::thread_pool& pool) {
  co_await pool.shutdown();
}

tridem::task<> wrong() {
  tridem::thread_pool pool{{.threads = 1}};
  co_await pool.submit([&pool] { tridem::run(end(pool)); });
}

}  // namespace

int main() {
  tridem::run(wrong());
}
