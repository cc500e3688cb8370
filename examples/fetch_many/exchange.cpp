// SPDX-License-Identifier: MIT
// HTTP by Boost.Beast and TLS by OpenSSL, awaited by a task. The only file that compiles them.
#include "fetch_many/exchange.hpp"

#include <tridem/io/asio_interop.hpp>
#include <tridem/pool/open_connection.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <openssl/ssl.h>

namespace fetch_many {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace ssl = asio::ssl;
using asio::ip::tcp;

std::string host_field(const url& what) {
  const std::string host =
      what.host.find(':') != std::string::npos ? "[" + what.host + "]" : what.host;
  const bool usual = what.port == (what.secure ? "443" : "80");
  return usual ? host : host + ":" + what.port;
}

template <class Stream>
tridem::task<page> ask(Stream& stream, const url& what, std::size_t largest_body) {
  http::request<http::empty_body> request{http::verb::get, what.target, 11};
  request.set(http::field::host, host_field(what));
  request.set(http::field::user_agent, "fetch_many");
  request.keep_alive(false);
  co_await http::async_write(stream, request, tridem::use_task);

  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(largest_body);
  co_await http::async_read(stream, buffer, parser, tridem::use_task);
  const auto& answer = parser.get();
  co_return page{.status = answer.result_int(),
                 .location = std::string(answer[http::field::location]),
                 .size = answer.body().size()};
}

// Looked up and connected by tridem, which can be cut short at every moment and tries all addresses
// of the host; spoken to by Asio.
tridem::task<tcp::socket> connect(const url& what) {
  tridem::tcp_stream stream = co_await tridem::open_connection(what.host, what.port);
  co_return tridem::into_asio<tcp::socket>(std::move(stream));
}

tridem::task<page> get_plainly(const url& what, std::size_t largest_body) {
  tcp::socket socket = co_await connect(what);
  co_return co_await ask(socket, what, largest_body);
}

tridem::task<page> get_securely(const url& what, ssl::context& context, std::size_t largest_body) {
  tcp::socket socket = co_await connect(what);
  ssl::stream<tcp::socket> stream(std::move(socket), context);
  stream.set_verify_mode(ssl::verify_peer);
  stream.set_verify_callback(ssl::host_name_verification(what.host));
  if (SSL_set_tlsext_host_name(stream.native_handle(), what.host.c_str()) != 1) {
    throw std::system_error(std::make_error_code(std::errc::invalid_argument),
                            "the name of the host for TLS");
  }
  co_await stream.async_handshake(ssl::stream_base::client, tridem::use_task);
  // No farewell: the length of the body, or the end of its last chunk, is checked by the parser.
  co_return co_await ask(stream, what, largest_body);
}

}  // namespace

struct trust::state {
  ssl::context context{ssl::context::tls_client};
};

trust::trust(const std::string& authority) : state_(std::make_unique<state>()) {
  state_->context.set_default_verify_paths();
  if (authority.empty()) return;
  boost::system::error_code error;
  state_->context.load_verify_file(authority, error);
  if (error) throw std::system_error(std::error_code(error), "certificates in " + authority);
}

trust::~trust() = default;

tridem::task<page> get(const url& what, const trust& believed, std::size_t largest_body) {
  if (what.secure) co_return co_await get_securely(what, believed.get().context, largest_body);
  co_return co_await get_plainly(what, largest_body);
}

}  // namespace fetch_many
