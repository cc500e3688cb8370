// SPDX-License-Identifier: MIT
// HTTP by Boost.Beast, awaited by a task. The only file that has to compile Beast.
#include "http_service/connection.hpp"

#include <tridem/io/asio_interop.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <chrono>
#include <cstdio>

namespace http_service {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using namespace std::chrono_literals;

constexpr auto idle_limit = 30s;
constexpr auto request_limit = 10s;  // from its first byte to its last
constexpr std::size_t buffer_limit = 16 * 1024;

using request = http::request<http::string_body>;

// Whether the client has begun another request; not when it has left, or had its time.
tridem::task<bool> next_begins(beast::tcp_stream& stream, beast::flat_buffer& buffer) {
  if (buffer.size() != 0) co_return true;
  stream.expires_after(idle_limit);
  auto read =
      co_await tridem::as_result(stream.async_read_some(buffer.prepare(4096), tridem::use_task));
  if (!read) co_return false;
  buffer.commit(*read);
  co_return true;
}

tridem::task<bool> answer_one(beast::tcp_stream& stream, beast::flat_buffer& buffer,
                              routes& answers, tridem::event& stopping) {
  stream.expires_after(request_limit);
  request asked;
  co_await http::async_read(stream, buffer, asked, tridem::use_task);
  answer made{405, "only GET is served here\n"};
  if (asked.method() == http::verb::get) made = co_await answers.get(asked.target());

  http::response<http::string_body> reply{http::status(made.status), asked.version()};
  reply.set(http::field::content_type, "text/plain");
  reply.keep_alive(asked.keep_alive() && !stopping.is_set());
  reply.body() = std::move(made.body);
  reply.prepare_payload();
  stream.expires_after(request_limit);
  co_await http::async_write(stream, reply, tridem::use_task);
  co_return reply.keep_alive();
}

tridem::task<> answer_all(beast::tcp_stream& stream, routes& answers, tridem::event& stopping) {
  beast::flat_buffer buffer(buffer_limit);
  bool again = true;
  while (again) {
    // Between two requests a connection may go; what has come of a request is kept.
    auto begun = co_await tridem::race(next_begins(stream, buffer), stopping.wait());
    if (begun.index() == 1 || !std::get<0>(begun)) co_return;
    again = co_await answer_one(stream, buffer, answers, stopping);
  }
}

}  // namespace

tridem::task<> serve(tridem::tcp_stream client, routes& answers, tridem::event& stopping) {
  using boost::asio::ip::tcp;
  beast::tcp_stream stream(tridem::into_asio<tcp::socket>(std::move(client)));
  try {
    co_await answer_all(stream, answers, stopping);
  } catch (const std::system_error& error) {
    std::fprintf(stderr, "a connection ended: %s\n", error.what());
  }
}

}  // namespace http_service
