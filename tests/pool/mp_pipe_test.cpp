// SPDX-License-Identifier: MIT
// mp::pipe: talk between two processes, memory that travels with it, and its end.
#include "tests/support/async_test.hpp"

#include <tridem/pool/mp_event.hpp>
#include <tridem/pool/mp_pipe.hpp>
#include <tridem/pool/mp_value.hpp>
#include <tridem/pool/process_pool.hpp>
#include <tridem/pool/shared_memory.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/exception.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/wait_for.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <csignal>
#include <string>
#include <tuple>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace {

using words = tridem::mp::pipe<std::string>;
using blocks = tridem::mp::pipe<tridem::shared_memory>;

int echo(words end) {
  int count = 0;
  while (auto word = end.recv_blocking()) {
    end.send_blocking("you said " + *word);
    ++count;
  }
  return count;
}
void send_and_die(words end) {
  end.send_blocking("last words");
  ::raise(SIGKILL);
}
void invert(blocks end) {
  while (auto block = end.recv_blocking()) {
    for (auto& each : block->bytes()) each = ~each;
    end.send_blocking(std::move(*block));
  }
}
long flood(words end, int count) {
  for (int i = 0; i < count; ++i) end.send_blocking(std::string(1000, 'x'));
  return count;
}
void wait_for_word(words end, tridem::mp::value<int> begun) {
  begun.store(::getpid());
  (void)end.recv_blocking();
}

}  // namespace

TRIDEM_TEST("mp::pipe: a worker and a task talk") {
  tridem::process_pool pool{{.workers = 1}};
  auto [mine, theirs] = words::create();
  auto call = tridem::create_task(pool.submit<&echo>(std::move(theirs)));
  for (const std::size_t size : {0, 1, 1000, 32'000, 33'000, 1'000'000}) {
    const std::string word(size, 'w');
    CHECK(co_await mine.send(word));
    const auto answer = co_await mine.recv();
    CHECK(answer == "you said " + word);
  }
  mine.close();
  CHECK(co_await call == 6);
  CHECK_FALSE(co_await mine.recv());
  CHECK_FALSE(co_await mine.send("anybody there?"));
}

TRIDEM_TEST("mp::pipe: shared memory travels with its items, without a copy") {
  tridem::process_pool pool{{.workers = 1}};
  auto [mine, theirs] = blocks::create();
  auto call = tridem::create_task(pool.submit<&invert>(std::move(theirs)));
  const auto block = tridem::shared_memory::create(100'000);
  CHECK(co_await mine.send(block));
  const auto back = co_await mine.recv();
  REQUIRE(back);
  CHECK(block.bytes()[99'999] == std::byte{0xff});
  CHECK(back->bytes()[99'999] == std::byte{0xff});
  mine.close();
  co_await call;
}

TRIDEM_TEST("mp::pipe: the death of the other process is the end of the pipe") {
  tridem::process_pool pool{{.workers = 1}};
  auto [mine, theirs] = words::create();
  auto call = tridem::create_task(pool.submit<&send_and_die>(std::move(theirs)));
  bool crashed = false;
  try {
    co_await call;
  } catch (const tridem::worker_crashed&) {
    crashed = true;
  }
  CHECK(crashed);
  CHECK(co_await mine.recv() == "last words");
  CHECK_FALSE(co_await mine.recv());
  CHECK_FALSE(co_await mine.send("hello?"));
}

TRIDEM_TEST("mp::pipe: a full pipe makes its sender wait, on either side") {
  tridem::process_pool pool{{.workers = 1}};
  auto [mine, theirs] = words::create();
  auto call = tridem::create_task(pool.submit<&flood>(std::move(theirs), 2000));
  int count = 0;
  while (const auto word = co_await mine.recv()) {
    CHECK(word->size() == 1000);
    ++count;
  }
  CHECK(count == 2000);
  CHECK(co_await call == 2000);
  auto [one, other] = words::create();
  auto sends = tridem::create_task([](words& end) -> tridem::task<> {
    for (int i = 0; i < 2000; ++i) CHECK(co_await end.send(std::string(1000, 'y')));
    end.close();
  }(one));
  count = 0;
  while (const auto word = co_await other.recv()) count += word->size() == 1000;
  CHECK(count == 2000);
  co_await sends;
}

TRIDEM_TEST("mp::pipe: a wait that is cut short loses nothing; a second handle is the same end") {
  auto [one, other] = words::create();
  bool in_vain = false;
  try {
    (void)co_await tridem::wait_for(other.recv(), 5ms);
  } catch (const tridem::timeout_error&) {
    in_vain = true;
  }
  CHECK(in_vain);
  const words second = one.share();
  CHECK(co_await second.send("here"));
  CHECK(co_await other.recv() == "here");
}

TRIDEM_TEST("mp::pipe: a job that waits at a pipe can be cancelled, gently") {
  tridem::process_pool pool{{.workers = 1, .grace = 1min}};
  auto [mine, theirs] = words::create();
  const tridem::mp::value<int> begun(0);
  auto call = tridem::create_task(pool.submit<&wait_for_word>(std::move(theirs), begun));
  while (begun.load() == 0) co_await tridem::sleep(1ms);
  const int worker = begun.load();
  call.cancel();
  bool was_cancelled = false;
  try {
    co_await call;
  } catch (const tridem::task_cancelled&) {
    was_cancelled = true;
  }
  CHECK(was_cancelled);
  CHECK(pool.stats().worker_pids == std::vector<int>{worker});
}
