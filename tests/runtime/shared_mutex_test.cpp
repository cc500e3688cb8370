// SPDX-License-Identifier: MIT
#include "tests/support/async_test.hpp"

#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/shared_mutex.hpp>
#include <tridem/runtime/sleep.hpp>

#include <algorithm>
#include <string>

using namespace std::chrono_literals;

namespace {

tridem::task<> hold_shared(tridem::shared_mutex& lock, std::string& log, char name) {
  auto held = co_await lock.lock_shared();
  log += name;
  co_await tridem::sleep(1s);
  log += static_cast<char>(name - 'a' + 'A');
}

tridem::task<> hold(tridem::shared_mutex& lock, std::string& log, char name) {
  auto held = co_await lock.lock();
  log += name;
  co_await tridem::sleep(1s);
  log += static_cast<char>(name - 'a' + 'A');
}

TRIDEM_TEST("readers share, a writer is alone") {
  tridem::shared_mutex lock;
  std::string log;
  co_await tridem::gather(hold_shared(lock, log, 'a'), hold_shared(lock, log, 'b'),
                          hold(lock, log, 'w'));
  // Both readers wake at the same time: in which order is nobody's promise.
  CHECK((log == "abABwW" || log == "abBAwW"));
  CHECK_FALSE(lock.is_locked());
}

TRIDEM_TEST("a reader that comes after a waiting writer waits, so writers do not starve") {
  tridem::shared_mutex lock;
  std::string log;
  co_await tridem::gather(hold_shared(lock, log, 'a'), hold(lock, log, 'w'),
                          hold_shared(lock, log, 'b'), hold_shared(lock, log, 'c'));
  CHECK(log.starts_with("aAwW"));
  CHECK(std::min(log.find('B'), log.find('C')) == 6);
}

TRIDEM_TEST("readers behind a writer that gives up go on at once") {
  tridem::shared_mutex lock;
  std::string log;
  auto reader = tridem::create_task(hold_shared(lock, log, 'a'));
  co_await tridem::yield();
  auto writer = tridem::create_task(hold(lock, log, 'w'));
  co_await tridem::yield();
  auto late = tridem::create_task(hold_shared(lock, log, 'b'));
  co_await tridem::yield();
  CHECK(log == "a");
  writer.cancel();
  co_await tridem::sleep(1ms);
  CHECK(log == "ab");
  co_await reader;
  co_await late;
  CHECK_FALSE(lock.is_locked());
}

}  // namespace
