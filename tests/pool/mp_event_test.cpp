// SPDX-License-Identifier: MIT
// mp::event: set in one process, awaited in others.
#include "tests/support/async_test.hpp"

#include <tridem/pool/mp_event.hpp>
#include <tridem/pool/mp_value.hpp>
#include <tridem/pool/process_pool.hpp>
#include <tridem/pool/to_thread.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/exception.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/wait_for.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <vector>

using namespace std::chrono_literals;

namespace {

void answer(tridem::mp::event question, tridem::mp::event answer, tridem::mp::value<int> answers) {
  question.wait_blocking();
  answers.fetch_add(1);
  answer.set();
}

}  // namespace

TRIDEM_TEST("mp::event: is heard in all processes and tasks") {
  tridem::process_pool pool{{.workers = 2}};
  const tridem::mp::event question;
  const tridem::mp::event answered;
  const tridem::mp::value<int> answers(0);
  CHECK_FALSE(question.is_set());
  auto one = tridem::create_task(pool.submit<&answer>(question, answered, answers));
  auto other = tridem::create_task(pool.submit<&answer>(question, answered, answers));
  auto waits = tridem::create_task(answered.wait());
  auto waits_too = tridem::create_task(answered.wait());
  while (pool.stats().running < 2) co_await tridem::sleep(1ms);
  CHECK_FALSE(answered.is_set());
  question.set();
  co_await tridem::gather(one, other, waits, waits_too);
  CHECK(answers.load() == 2);
  co_await answered.wait();
  answered.clear();
  CHECK_FALSE(answered.is_set());
}

TRIDEM_TEST("mp::event: those who wait go on even if it is cleared at once") {
  const tridem::mp::event happened;
  std::vector<tridem::task_handle<void>> waits;
  for (int i = 0; i < 3; ++i) waits.push_back(tridem::create_task(happened.wait()));
  auto in_thread = tridem::create_task(tridem::to_thread([&] { happened.wait_blocking(); }));
  co_await tridem::sleep(10ms);
  happened.set();
  happened.clear();
  for (auto& wait : waits) co_await wait;
  // The thread may have come too late for the first one.
  happened.set();
  co_await in_thread;
}

TRIDEM_TEST("mp::event: waiting can be cut short, and is cancelled before it begins") {
  const tridem::mp::event happened;
  bool in_vain = false;
  try {
    co_await tridem::wait_for(happened.wait(), 150ms);
  } catch (const tridem::timeout_error&) {
    in_vain = true;
  }
  CHECK(in_vain);
  happened.set();
  auto late = tridem::create_task(happened.wait());
  late.cancel();
  bool was_cancelled = false;
  try {
    co_await late;
  } catch (const tridem::task_cancelled&) {
    was_cancelled = true;
  }
  CHECK(was_cancelled);
}
