// SPDX-License-Identifier: MIT
// Operations of Asio awaited by our tasks: values, errors, names, tokens around the token, and one
// thread for both.
#ifdef TRIDEM_HAS_ASIO
#include "tests/io/asio_support.hpp"
#include "tests/support/async_test.hpp"
#include "tests/support/expect_failure.hpp"
#include "tests/support/idle_driver.hpp"

#include <tridem/io/tcp.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/event.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/inspect.hpp>
#include <tridem/runtime/sleep.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/ip/tcp.hpp>
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
#include <vector>

using namespace tridem;
using namespace std::chrono_literals;
using test::held_operation;
using test::local_socket;
using test::socket_pair;
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

tcp::endpoint any_port() {
  return {asio::ip::address_v4::loopback(), 0};
}

asio::awaitable<int> foreign_sum(int a, int b) {
  asio::steady_timer timer(co_await asio::this_coro::executor, 1ms);
  co_await timer.async_wait(asio::use_awaitable);
  if (b == 0) throw std::invalid_argument("b is 0");
  co_return a + b;
}

// Counts what is allocated through it.
template <class T>
struct counting_allocator {
  using value_type = T;
  explicit counting_allocator(int& counter) noexcept : count(&counter) {}
  template <class Other>
  counting_allocator(const counting_allocator<Other>& other) noexcept : count(other.count) {}
  T* allocate(std::size_t size) {
    ++*count;
    return std::allocator<T>().allocate(size);
  }
  void deallocate(T* memory, std::size_t size) noexcept {
    std::allocator<T>().deallocate(memory, size);
  }
  template <class Other>
  bool operator==(const counting_allocator<Other>& other) const noexcept {
    return count == other.count;
  }
  int* count;
};

}  // namespace

TRIDEM_TEST("bytes go through sockets of Asio, and a composed operation gives its sum") {
  socket_pair pair(asio_context());
  const std::size_t sent = co_await pair.left.async_write_some(asio::buffer("ping", 4), use_task);
  CHECK(sent == 4);
  std::array<char, 16> got{};
  const std::size_t count = co_await pair.right.async_read_some(asio::buffer(got), use_task);
  CHECK(std::string(got.data(), count) == "ping");

  // Larger than the buffers of the kernel, so that both sides take many steps.
  const std::string big(3'000'000, 'x');
  std::string received(big.size(), '\0');
  auto [written, read] =
      co_await gather(asio::async_write(pair.left, asio::buffer(big), use_task),
                      asio::async_read(pair.right, asio::buffer(received), use_task));
  CHECK(written == big.size());
  CHECK(read == big.size());
  CHECK(received == big);
}

TRIDEM_TEST("nothing, one value, or a tuple is what an operation gives") {
  asio::steady_timer timer(asio_context(), 1ms);
  static_assert(std::is_void_v<awaited_t<decltype(timer.async_wait(use_task))>>);
  co_await timer.async_wait(use_task);

  co_await asio::post(asio_context(), use_task);

  tcp::acceptor acceptor(asio_context(), any_port());
  tcp::socket client(asio_context());
  auto [server, connected] = co_await gather(
      acceptor.async_accept(use_task), client.async_connect(acceptor.local_endpoint(), use_task));
  CHECK(server.remote_endpoint() == client.local_endpoint());
  static_cast<void>(connected);

  held_operation<void(boost::system::error_code, int, std::string)> held;
  auto two = create_task(held.start(use_task));
  co_await yield();
  held.complete(boost::system::error_code(), 7, std::string("seven"));
  auto& [number, word] = co_await two;
  CHECK(number == 7);
  CHECK(word == "seven");
}

TRIDEM_TEST("an operation that has completed while it was being started does not suspend") {
  // dispatch() from a handler of the context calls the next handler at once.
  int steps = 0;
  asio::post(asio_context(), [&] { asio::dispatch(asio_context(), [&] { ++steps; }); });
  auto started_inside = [](auto handler) { std::move(handler)(42); };
  const int answer =
      co_await asio::async_initiate<const use_task_t, void(int)>(started_inside, use_task);
  CHECK(answer == 42);
  while (steps == 0) co_await yield();
}

TRIDEM_TEST("an error is a system_error that names the operation") {
  tcp::acceptor acceptor(asio_context(), any_port());
  const tcp::endpoint nobody = acceptor.local_endpoint();
  acceptor.close();
  tcp::socket client(asio_context());
  std::error_code code;
  std::string text;
  try {
    co_await client.async_connect(nobody, use_task);
  } catch (const std::system_error& error) {
    code = error.code();
    text = error.what();
  }
  CHECK(code == std::errc::connection_refused);
  CHECK(text == "async_connect: Connection refused");

  socket_pair pair(asio_context());
  pair.left.close();
  std::array<char, 4> room{};
  auto ended = co_await as_result(pair.right.async_read_some(asio::buffer(room), use_task));
  CHECK(!ended);
  CHECK(ended.error() == boost::system::error_code(asio::error::eof));
  auto whole = asio::async_read(pair.right, asio::buffer(room), use_task);
  const std::string what = co_await test::text_of<std::system_error>(std::move(whole));
  CHECK(what.find("End of file") != std::string::npos);
}

TRIDEM_TEST("as_result, as_tuple and redirect_error give the error as a value") {
  socket_pair pair(asio_context());
  std::array<char, 4> room{};
  static_cast<void>(co_await pair.left.async_write_some(asio::buffer("abc", 3), use_task));
  auto some = co_await as_result(pair.right.async_read_some(asio::buffer(room), use_task));
  CHECK(some);
  CHECK(*some == 3);
  pair.left.close();
  auto [code, count] =
      co_await pair.right.async_read_some(asio::buffer(room), asio::as_tuple(use_task));
  CHECK(code == asio::error::eof);
  CHECK(count == 0);
  boost::system::error_code redirected;
  const std::size_t none = co_await pair.right.async_read_some(
      asio::buffer(room), asio::redirect_error(use_task, redirected));
  CHECK(redirected == asio::error::eof);
  CHECK(none == 0);

  asio::steady_timer timer(asio_context(), 1ms);
  auto waited = co_await as_result(timer.async_wait(use_task));
  static_assert(std::is_same_v<decltype(waited), result<void>>);
  CHECK(waited);
}

TRIDEM_TEST("a coroutine of Asio is awaited, with its value or its exception") {
  const int sum = co_await asio::co_spawn(asio_context(), foreign_sum(2, 3), use_task);
  CHECK(sum == 5);
  auto bad = asio::co_spawn(asio_context(), foreign_sum(2, 0), use_task);
  const std::string text = co_await test::text_of<std::invalid_argument>(std::move(bad));
  CHECK(text == "b is 0");
  auto again = asio::co_spawn(asio_context(), foreign_sum(2, 0), use_task);
  auto failed = co_await as_result(std::move(again));
  CHECK(!failed);
  CHECK_THROWS_AS(static_cast<void>(failed.value()), std::invalid_argument);
}

TRIDEM_TEST("an operation that Asio has deferred is given the token later") {
  asio::steady_timer timer(asio_context(), 1ms);
  auto deferred = timer.async_wait(asio::deferred);
  co_await std::move(deferred)(use_task);
}

TRIDEM_TEST("use_task is the default of the objects that are asked for it") {
  using socket_type = use_task_t::as_default_on_t<tcp::socket>;
  using acceptor_type = use_task_t::as_default_on_t<tcp::acceptor>;
  acceptor_type acceptor(asio_context(), any_port());
  socket_type client(asio_context());
  auto [server, connected] =
      co_await gather(acceptor.async_accept(), client.async_connect(acceptor.local_endpoint()));
  static_cast<void>(connected);
  const std::size_t sent = co_await client.async_write_some(asio::buffer("hi", 2));
  std::array<char, 2> got{};
  const std::size_t count = co_await asio::async_read(server, asio::buffer(got));
  CHECK(sent == count);
  auto timer = use_task_t::as_default_on(asio::steady_timer(asio_context(), 1ms));
  co_await timer.async_wait();
}

TRIDEM_TEST("executors and allocators that are bound around the token are used") {
  auto strand = asio::make_strand(asio_context());
  asio::steady_timer timer(asio_context(), 1ms);
  co_await timer.async_wait(asio::bind_executor(strand, use_task));
  int allocations = 0;
  timer.expires_after(1ms);
  co_await timer.async_wait(
      asio::bind_allocator(counting_allocator<std::byte>(allocations), use_task));
  CHECK(allocations > 0);
}

TRIDEM_TEST("what is waited for has a name in the list of tasks") {
  socket_pair pair(asio_context());
  std::array<char, 4> room{};
  auto reading = create_task(pair.left.async_read_some(asio::buffer(room), use_task), "reader");
  co_await yield();
  std::string state;
  for (const task_info& one : all_tasks()) {
    if (one.name == "reader") state = one.state;
  }
  CHECK(state.starts_with("waits for async_receive (Asio)"));
  static_cast<void>(co_await pair.right.async_write_some(asio::buffer("x", 1), use_task));
  co_await reading;
}

TRIDEM_TEST("our streams and those of Asio talk to each other on one thread") {
  tcp_listener listener = tcp_listener::bind(address::loopback());
  tcp::socket theirs(asio_context());
  const tcp::endpoint to(asio::ip::address_v4::loopback(), listener.local_address().port());
  auto [ours, connected] = co_await gather(listener.accept(), theirs.async_connect(to, use_task));
  static_cast<void>(connected);
  std::array<char, 64> room{};
  for (int round = 0; round < 300; ++round) {
    const std::string word = "round " + std::to_string(round);
    auto [sent, count] = co_await gather(ours.write_some(as_bytes(word)),
                                         theirs.async_read_some(asio::buffer(room), use_task));
    CHECK(sent == count);
    const std::size_t back =
        co_await asio::async_write(theirs, asio::buffer(room.data(), count), use_task);
    const std::size_t got = co_await ours.read_some(as_writable_bytes(room));
    CHECK(back == got);
    CHECK(std::string(room.data(), got) == word);
  }
}

TRIDEM_TEST("a connection that tridem has made goes over to Asio") {
  for (const address& at : {address::loopback(), address::ip("::1", 0)}) {
    tcp_listener listener;
    try {
      listener = tcp_listener::bind(at);
    } catch (const std::system_error&) {
      if (at.family() == address_family::ipv6) continue;  // not every machine has it
      throw;
    }
    auto [ours, theirs] =
        co_await gather(tcp_stream::connect(listener.local_address()), listener.accept());
    const address local = ours.local_address();
    auto socket = into_asio<tcp::socket>(std::move(ours));
    CHECK(socket.local_endpoint().port() == local.port());
    static_cast<void>(co_await asio::async_write(socket, asio::buffer("over", 4), use_task));
    std::array<char, 4> room{};
    co_await theirs.read_exactly(as_writable_bytes(room));
    CHECK(std::string(room.data(), 4) == "over");
  }
}

TRIDEM_TEST("a handler posted by another thread wakes the loop from its sleep") {
  asio::io_context& context = asio_context();
  event happened;
  std::thread::id ran_on;
  std::jthread other([&] {
    asio::post(context, [&] {
      ran_on = std::this_thread::get_id();
      happened.set();
    });
  });
  co_await happened.wait();
  CHECK(ran_on == std::this_thread::get_id());
  // And the other way into the loop still works.
  event again;
  event_loop& home = event_loop::current();
  std::jthread third([&] { home.call_soon_threadsafe([&] { again.set(); }); });
  co_await again.wait();
}

TRIDEM_TEST("timers of both are kept while nothing else happens") {
  asio::steady_timer timer(asio_context());
  for (int round = 0; round < 5; ++round) {
    timer.expires_after(2ms);
    co_await timer.async_wait(use_task);
    co_await sleep(2ms);
    timer.expires_after(1ms);
    co_await gather(timer.async_wait(use_task), sleep(2ms));
  }
}

TRIDEM_TEST("an exception that a handler lets escape does not end the loop") {
  asio::post(asio_context(), [] { throw std::runtime_error("from a handler, on purpose"); });
  co_await asio::post(asio_context(), use_task);
  asio_context().stop();
  co_await asio::post(asio_context(), use_task);
}

TEST_CASE("what is still pending in the context is destroyed with the loop") {
  auto kept = std::make_shared<int>(1);
  const std::weak_ptr<int> watch = kept;
  run([](std::shared_ptr<int> held) -> task<> {
    auto timer = std::make_shared<asio::steady_timer>(asio_context(), 1h);
    timer->async_wait([timer, held](boost::system::error_code) { FAIL("nobody waits an hour"); });
    co_return;
  }(std::move(kept)));
  CHECK(watch.expired());
}

TEST_CASE("a driver that cannot share its thread says so") {
  const auto ask = []() -> task<std::string> {
    try {
      static_cast<void>(asio_context());
    } catch (const std::system_error& error) {
      co_return error.what();
    }
    co_return "nothing was thrown";
  };
  const std::string text =
      detail::run_on(std::make_unique<test::idle_driver>(), ask(), std::source_location::current());
  CHECK(text.find("the driver 'idle' cannot share its thread") != std::string::npos);
}

TEST_CASE("names of types become names of operations") {
  using detail::last_name;
  CHECK(last_name("boost::asio::basic_stream_socket<a::b>::initiate_async_receive") ==
        "initiate_async_receive");
  CHECK(last_name("a::b<c::d>") == "b");
  CHECK(last_name("plain") == "plain");
  CHECK(last_name("a::f()::<lambda(auto:1)>") == "");
  CHECK(last_name("(lambda at file.cpp:3:4)") == "");
}
#endif
