// SPDX-License-Identifier: MIT
// A temporary lambda that owns its captures would be destroyed twice by g++ 12.
// expect: GCC PR 99576.*name the lambda and pass moved\(f\)
// compiler: GNU
#include <tridem/pool/thread_pool.hpp>

#include <string>

tridem::task<> wrong(tridem::thread_pool& pool, std::string text) {
  co_await pool.submit([text] { return text.size(); });
}
