// SPDX-License-Identifier: MIT
// Jobs that need all that can break in a strange host: results, exceptions, shared memory.
#include "tests/hosts/jobs.hpp"

#include <tridem/pool/errors.hpp>
#include <tridem/pool/process_pool.hpp>
#include <tridem/pool/shared_array.hpp>
#include <tridem/runtime/run.hpp>

#include <stdexcept>
#include <string>
#include <vector>

#ifndef FACTOR
#define FACTOR 2  // another build of the library multiplies by something else
#endif

namespace {

int times(int number) {
  return FACTOR * number;
}
std::string concatenate(const std::string& a, const std::string& b) {
  return a + b;
}
void refuse(std::string text) {
  throw std::invalid_argument(text);
}
void fill(tridem::shared_array<int> numbers) {
  for (int& each : numbers) each = FACTOR;
}

tridem::task<std::string> call_all(std::string worker_executable) {
  tridem::process_pool pool{{.workers = 2, .worker_executable = std::move(worker_executable)}};
  const std::vector<int> numbers{1, 2, 3, 4};
  const std::vector<int> multiplied = co_await pool.map<&times>(numbers);
  const std::string whole = co_await pool.submit<&concatenate>(std::string(100, 'a'), "b");
  std::string thrown;
  try {
    co_await pool.submit<&refuse>("not this one");
  } catch (const std::invalid_argument& error) {
    thrown = error.what();
  }
  tridem::shared_array<int> shared(1000);
  co_await pool.submit<&fill>(shared);
  co_await pool.shutdown();
  const bool is_right = multiplied == std::vector{FACTOR, 2 * FACTOR, 3 * FACTOR, 4 * FACTOR} &&
                        whole == std::string(100, 'a') + "b" &&
                        thrown.starts_with("not this one") && shared[999] == FACTOR;
  co_return is_right ? "done" : "wrong";
}

}  // namespace

const char* run_jobs(const char* worker_executable) {
  static std::string answer;
  try {
    answer = tridem::run(call_all(worker_executable));
  } catch (const tridem::pool_start_error& error) {
    answer = std::string("refused: ") + error.what();
  } catch (const std::exception& error) {
    answer = std::string("failed: ") + error.what();
  }
  return answer.c_str();
}
