// SPDX-License-Identifier: MIT
// The end of an operation of Asio: cancelled, abandoned, on another thread, or all of it at once.
#ifdef TRIDEM_HAS_ASIO
#include "tests/io/asio_support.hpp"
#include "tests/support/async_test.hpp"
#include "tests/support/expect_failure.hpp"

#include <tridem/io/tcp.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/event.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/race.hpp>
#include <tridem/runtime/shield.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/wait_for.hpp>
#include <tridem/runtime/with_cancel_scope.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <memory>
#include <string>
#include <thread>

using namespace tridem;
using namespace std::chrono_literals;
using test::context_elsewhere;
using test::held_operation;
using test::socket_pair;
namespace asio = boost::asio;
using boost::system::error_code;

namespace {

const error_code aborted = asio::error::operation_aborted;

task<std::size_t> read_some(test::local_socket& socket, std::array<char, 16>& room) {
  co_return co_await socket.async_read_some(asio::buffer(room), use_task);
}

}  // namespace

TRIDEM_TEST("a timeout cuts a read, and the socket can still be used") {
  socket_pair pair(asio_context());
  std::array<char, 16> room{};
  auto reading = wait_for(pair.left.async_read_some(asio::buffer(room), use_task), 1ms);
  const std::string text = co_await test::text_of<timeout_error>(std::move(reading));
  CHECK(text != "nothing was thrown");
  static_cast<void>(co_await pair.right.async_write_some(asio::buffer("late", 4), use_task));
  const std::size_t count = co_await read_some(pair.left, room);
  CHECK(std::string(room.data(), count) == "late");
}

TRIDEM_TEST("in a cancelled scope nothing is started") {
  held_operation<void(error_code)> held;
  bool cut = false;
  const bool whole = co_await with_cancel_scope([&](cancel_scope& scope) -> task<> {
    scope.cancel();
    cut = co_await test::is_cut(held.start(use_task));
    co_await held.start(use_task);
  });
  CHECK(!whole);
  CHECK(cut);
  CHECK(held.started == 0);
}

TRIDEM_TEST("cancelling asks for a terminal end, and the handler is awaited") {
  held_operation<void(error_code)> held;
  auto waiting = create_task(held.start(use_task));
  co_await yield();
  waiting.cancel();
  co_await yield();
  co_await yield();
  CHECK(held.asked_to_stop == asio::cancellation_type::terminal);
  CHECK(!waiting.done());
  held.complete(aborted);
  co_await yield();
  CHECK(waiting.cancelled());
}

TRIDEM_TEST("an operation that has completed wins, before the request and after it") {
  held_operation<void(error_code, int)> held;
  auto first = create_task(held.start(use_task));
  co_await yield();
  held.complete(error_code(), 1);
  first.cancel();
  const int before = co_await first;
  CHECK(before == 1);

  auto second = create_task(held.start(use_task));
  co_await yield();
  second.cancel();
  held.complete(error_code(), 2);
  const int after = co_await second;
  CHECK(after == 2);

  auto third = create_task(held.start(use_task));
  co_await yield();
  third.cancel();
  held.complete(error_code(asio::error::connection_reset), 0);
  const std::string text = co_await test::text_of<std::system_error>(third);
  CHECK(text.find("Connection reset by peer") != std::string::npos);
}

TRIDEM_TEST("with as_tuple the code of a cut operation is delivered, and the next await throws") {
  socket_pair pair(asio_context());
  std::string room(64, '\0');
  static_cast<void>(co_await pair.right.async_write_some(asio::buffer("half", 4), use_task));
  error_code code;
  std::size_t count = 0;
  const bool whole = co_await with_cancel_scope([&](cancel_scope& scope) -> task<> {
    auto stopping = create_task(
        [](cancel_scope& at) -> task<> {
          co_await sleep(2ms);
          at.cancel();
        },
        std::ref(scope));
    std::tie(code, count) =
        co_await asio::async_read(pair.left, asio::buffer(room), asio::as_tuple(use_task));
    co_await yield();
  });
  CHECK(!whole);
  CHECK(code == aborted);
  CHECK(count == 4);  // none of the bytes is lost
}

TRIDEM_TEST("a coroutine of Asio that is cancelled ends first") {
  bool ended = false;
  const auto body = [&]() -> asio::awaitable<void> {
    asio::steady_timer timer(co_await asio::this_coro::executor, 1h);
    error_code code;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, code));
    ended = true;
    throw boost::system::system_error(code);
  };
  auto running = wait_for(asio::co_spawn(asio_context(), body(), use_task), 1ms);
  const std::string text = co_await test::text_of<timeout_error>(std::move(running));
  CHECK(text != "nothing was thrown");
  CHECK(ended);
}

TRIDEM_TEST("the loser of a race is awaited, and a shield keeps an operation whole") {
  socket_pair pair(asio_context());
  std::array<char, 16> room{};
  auto first = co_await race(read_some(pair.left, room), sleep(1ms));
  CHECK(first.index() == 1);

  asio::steady_timer timer(asio_context(), 3ms);
  auto shielded = wait_for(shield(timer.async_wait(use_task)), 1ms);
  co_await std::move(shielded);
}

TRIDEM_TEST("a slot that is bound around the token is the only one") {
  asio::cancellation_signal signal;
  asio::steady_timer timer(asio_context(), 1h);
  auto waiting =
      create_task(timer.async_wait(asio::bind_cancellation_slot(signal.slot(), use_task)));
  co_await yield();
  signal.emit(asio::cancellation_type::terminal);
  const std::string text = co_await test::text_of<std::system_error>(waiting);
  CHECK(text.find("Operation canceled") != std::string::npos);
}

TRIDEM_TEST("a handler that is destroyed uncalled ends the wait with an error that says so") {
  held_operation<void(error_code)> held;
  auto waiting = create_task(held.start(use_task));
  co_await yield();
  held.handler.reset();
  const std::string text = co_await test::text_of<std::system_error>(waiting);
  CHECK(text.find("given up by Asio") != std::string::npos);

  // A wait that was told to stop before is cut, as if Asio had said so.
  auto stopped = create_task(held.start(use_task));
  co_await yield();
  stopped.cancel();
  held.handler.reset();
  co_await yield();
  CHECK(stopped.cancelled());

  auto foreign = std::make_unique<asio::io_context>(1);
  auto timer = std::make_unique<asio::steady_timer>(*foreign, 1h);
  auto lost = create_task(timer->async_wait(use_task));
  co_await yield();
  foreign.reset();
  const std::string why = co_await test::text_of<std::system_error>(lost);
  CHECK(why.find("async_wait: given up") != std::string::npos);
  // An object that outlives its context must not be destroyed.
  [[maybe_unused]] static const asio::steady_timer* const for_ever = timer.release();
}

TRIDEM_TEST("an operation that throws while it is started throws from the await") {
  const auto refuse = [](auto) { throw std::runtime_error("not today"); };
  auto refused = asio::async_initiate<const use_task_t, void(error_code)>(refuse, use_task);
  const std::string text = co_await test::text_of<std::runtime_error>(std::move(refused));
  CHECK(text == "not today");

  // The handler lives on somewhere, so it is waited for.
  held_operation<void(error_code)> held;
  const auto keep_and_throw = [&](auto handler) {
    held.handler.emplace(std::move(handler));
    throw std::runtime_error("too late");
  };
  auto kept = create_task(
      asio::async_initiate<const use_task_t, void(error_code)>(keep_and_throw, use_task));
  co_await yield();
  CHECK(!kept.done());
  held.complete(error_code());
  const std::string late = co_await test::text_of<std::runtime_error>(kept);
  CHECK(late == "too late");
}

TRIDEM_TEST("what cancels the task while the operation is started reaches the operation") {
  held_operation<void(error_code)> held;
  const bool whole = co_await with_cancel_scope([&](cancel_scope& scope) -> task<> {
    const auto start = [&](auto handler) {
      scope.cancel();
      held.start(std::move(handler));
    };
    auto helper = create_task(
        [](held_operation<void(error_code)>& at) -> task<> {
          while (at.asked_to_stop == asio::cancellation_type::none) co_await yield();
          at.complete(aborted);
        },
        std::ref(held));
    co_await asio::async_initiate<const use_task_t, void(error_code)>(start, use_task);
  });
  CHECK(!whole);
  CHECK(held.started == 1);
}

TRIDEM_TEST("an operation of a context on another thread comes home") {
  context_elsewhere elsewhere;
  const std::thread::id home = std::this_thread::get_id();
  asio::steady_timer timer(elsewhere.context, 1ms);
  co_await timer.async_wait(use_task);
  CHECK(std::this_thread::get_id() == home);

  socket_pair pair(elsewhere.context);
  const std::string big(1'000'000, 'y');
  std::string received(big.size(), '\0');
  co_await gather(asio::async_write(pair.left, asio::buffer(big), use_task),
                  asio::async_read(pair.right, asio::buffer(received), use_task));
  CHECK(received == big);
  CHECK(std::this_thread::get_id() == home);

  // Bound to that thread, its handler is called there, and the task still resumes at home.
  timer.expires_after(1ms);
  co_await timer.async_wait(asio::bind_executor(elsewhere.context.get_executor(), use_task));
  CHECK(std::this_thread::get_id() == home);

  for (int round = 0; round < 20; ++round) {
    timer.expires_after(1h);
    auto cut = wait_for(timer.async_wait(use_task), 100us);
    const std::string text = co_await test::text_of<timeout_error>(std::move(cut));
    CHECK(text != "nothing was thrown");
  }
}

TRIDEM_TEST("a handler that is called by a bare thread comes home through the inbox") {
  for (int round = 0; round < 50; ++round) {
    std::jthread caller;
    const auto start = [&](auto handler) {
      caller =
          std::jthread([given = std::move(handler), round]() mutable { std::move(given)(round); });
    };
    const int answer = co_await asio::async_initiate<const use_task_t, void(int)>(start, use_task);
    CHECK(answer == round);
  }
  std::jthread dropper;
  const auto drop = [&](auto handler) { dropper = std::jthread([given = std::move(handler)] {}); };
  auto dropped = asio::async_initiate<const use_task_t, void(int)>(drop, use_task);
  const std::string text = co_await test::text_of<std::system_error>(std::move(dropped));
  CHECK(text.find("given up by Asio") != std::string::npos);
}

task<> write_after(tcp_stream& to, int turns, bool& done) {
  for (int i = 0; i < turns; ++i) co_await yield();
  const std::array<std::byte, 1> byte{};
  co_await to.write_all(byte);
  done = true;
}

// A handler of a stranger runs in the middle of a turn. There it cancels an operation of the loop
// that completes in the same turn: its node must not stand in two lists.
TRIDEM_TEST("a handler may cancel what completes in the same turn") {
  tcp_listener listener = tcp_listener::bind(address::loopback());
  auto [ours, theirs] =
      co_await gather(tcp_stream::connect(listener.local_address()), listener.accept());
  std::array<std::byte, 1> byte{};
  int cut = 0;
  int whole = 0;
  for (int round = 0; round < 100; ++round) {
    std::size_t count = 0;
    bool has_run = false;
    bool has_written = false;
    const bool done = co_await with_cancel_scope([&](cancel_scope& scope) -> task<> {
      auto writing = create_task(
          [](tcp_stream& to, cancel_scope& at, bool& run, bool& written, int turns) -> task<> {
            asio::post(asio_context(), [&at, &run] {
              run = true;
              at.cancel();
            });
            co_await shield(write_after(to, turns, written));
          },
          std::ref(theirs), std::ref(scope), std::ref(has_run), std::ref(has_written), round % 3);
      count = co_await ours.read_some(byte);
      co_await writing;
      // The handler knows this scope, which must not go before it has run.
      while (!has_run) co_await yield();
    });
    if (done) ++whole;
    if (!done) ++cut;
    // What was sent but not read yet is there for the next.
    if (count == 0) count = co_await ours.read_some(byte);
    CHECK(count == 1);
    // A byte may arrive before its writer is told so; the next round writes to the same stream.
    while (!has_written) co_await yield();
  }
  CHECK(cut + whole == 100);
}
#endif
