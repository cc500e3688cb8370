// SPDX-License-Identifier: MIT
// Boost.Beast over our tasks: an HTTP server and its clients on one loop, in the clear and over
// TLS.
#ifdef TRIDEM_HAS_ASIO
#include "tests/support/async_test.hpp"
#include "tests/support/expect_failure.hpp"

#include <tridem/io/asio_interop.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/task_group.hpp>
#include <tridem/runtime/wait_for.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#ifdef TRIDEM_HAS_OPENSSL
#include <boost/asio/ssl.hpp>
#include <boost/beast/ssl.hpp>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#endif

#include <memory>
#include <string>
#include <vector>

using namespace tridem;
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

namespace {

using request = http::request<http::string_body>;
using response = http::response<http::string_body>;

response answer_to(const request& asked) {
  response answer{http::status::ok, asked.version()};
  answer.keep_alive(asked.keep_alive());
  answer.body() = "you asked for " + std::string(asked.target()) + asked.body();
  if (asked.target() == "/chunks") {
    answer.chunked(true);
  } else {
    answer.prepare_payload();
  }
  return answer;
}

// Answers until the client has enough. A target "/never" is not answered at all.
template <class Stream>
task<> serve(Stream& stream) {
  beast::flat_buffer buffer;
  for (;;) {
    request asked;
    auto read = co_await as_result(http::async_read(stream, buffer, asked, use_task));
    if (!read) co_return;  // end of stream, or the client was cut off in mid-request
    if (asked.target() == "/never") co_await sleep(1h);
    response answer = answer_to(asked);
    co_await http::async_write(stream, answer, use_task);
    if (!answer.keep_alive()) co_return;
  }
}

task<> serve_plain(tcp::socket socket) {
  beast::tcp_stream stream(std::move(socket));
  co_await serve(stream);
}

template <class Stream>
task<response> ask(Stream& stream, beast::flat_buffer& buffer, std::string target,
                   std::string body = {}) {
  request asked{http::verb::get, target, 11};
  asked.set(http::field::host, "localhost");
  asked.body() = std::move(body);
  asked.prepare_payload();
  co_await http::async_write(stream, asked, use_task);
  response answer;
  co_await http::async_read(stream, buffer, answer, use_task);
  co_return answer;
}

task<std::size_t> client(tcp::endpoint server, int number, int requests) {
  beast::tcp_stream stream(asio_context());
  co_await stream.async_connect(server, use_task);
  beast::flat_buffer buffer;
  std::size_t good = 0;
  for (int i = 0; i < requests; ++i) {
    const std::string target = "/" + std::to_string(number) + "/" + std::to_string(i);
    const std::string body(static_cast<std::size_t>(i) * 1000, 'b');
    const response answer = co_await ask(stream, buffer, target, body);
    if (answer.body() == "you asked for " + target + body) ++good;
  }
  co_return good;
}

task<> accept_all(tcp::acceptor& acceptor, task_group& connections) {
  for (;;) {
    tcp::socket socket = co_await acceptor.async_accept(use_task);
    connections.create_task(serve_plain(std::move(socket)));
  }
}

// Runs `body` beside a server; what is open when it has ended is cut off.
template <class Body>
task<> with_server(Body body) {
  tcp::acceptor acceptor(asio_context(), {asio::ip::address_v4::loopback(), 0});
  auto all = [&](task_group& connections) -> task<> {
    connections.create_task(accept_all(acceptor, connections));
    co_await body(acceptor.local_endpoint());
    connections.cancel();
  };
  co_await with_task_group(std::ref(all));
}

}  // namespace

TRIDEM_TEST("an HTTP server and its clients of Beast, all on one loop") {
  auto body = [](tcp::endpoint server) -> task<> {
    std::vector<task<std::size_t>> clients;
    for (int i = 0; i < 20; ++i) clients.push_back(client(server, i, 10));
    const std::vector<std::size_t> good = co_await gather(std::move(clients));
    CHECK(good == std::vector<std::size_t>(20, 10));
  };
  co_await with_server(body);
}

TRIDEM_TEST("Beast's errors and timeouts, and ours, reach the caller as they are") {
  auto body = [](tcp::endpoint server) -> task<> {
    beast::tcp_stream stream(asio_context());
    co_await stream.async_connect(server, use_task);
    beast::flat_buffer buffer;
    const response chunked = co_await ask(stream, buffer, "/chunks");
    CHECK(chunked.chunked());
    CHECK(chunked.body() == "you asked for /chunks");

    // The clock of Beast.
    stream.expires_after(2ms);
    auto late = co_await as_result(ask(stream, buffer, "/never"));
    CHECK(!late);
    CHECK(late.error() == boost::system::error_code(beast::error::timeout));

    // Our clock.
    beast::tcp_stream other(asio_context());
    co_await other.async_connect(server, use_task);
    auto waiting = wait_for(ask(other, buffer, "/never"), 2ms);
    const std::string text = co_await test::text_of<timeout_error>(std::move(waiting));
    CHECK(text != "nothing was thrown");

    // What is no HTTP.
    beast::tcp_stream rude(asio_context());
    co_await rude.async_connect(server, use_task);
    co_await asio::async_write(rude, asio::buffer("hello?\r\n\r\n", 10), use_task);
    response none;
    auto refused = http::async_read(rude, buffer, none, use_task);
    const std::string why = co_await test::text_of<std::system_error>(std::move(refused));
    CHECK(why.find("end of stream") != std::string::npos);
  };
  co_await with_server(body);
}

#ifdef TRIDEM_HAS_OPENSSL
namespace {

namespace ssl = asio::ssl;

// A certificate that says "localhost" and is signed by itself, with its key, both as PEM.
struct identity {
  std::string certificate;
  std::string key;
};

template <class Write>
std::string as_pem(Write write) {
  const std::unique_ptr<BIO, int (*)(BIO*)> out(BIO_new(BIO_s_mem()), &BIO_free);
  REQUIRE(write(out.get()) == 1);
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

identity make_identity() {
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  const std::unique_ptr<X509, void (*)(X509*)> made(X509_new(), &X509_free);
  X509_set_version(made.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
  X509_set_pubkey(made.get(), key.get());
  X509_NAME* name = X509_get_subject_name(made.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(made.get(), name);
  X509_EXTENSION* host =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:localhost");
  X509_add_ext(made.get(), host, -1);
  X509_EXTENSION_free(host);
  REQUIRE(X509_sign(made.get(), key.get(), EVP_sha256()) > 0);
  return {as_pem([&](BIO* out) { return PEM_write_bio_X509(out, made.get()); }),
          as_pem([&](BIO* out) {
            return PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
          })};
}

ssl::context server_context(const identity& own) {
  ssl::context context(ssl::context::tls_server);
  context.use_certificate_chain(asio::buffer(own.certificate));
  context.use_private_key(asio::buffer(own.key), ssl::context::pem);
  return context;
}

using secure_stream = ssl::stream<beast::tcp_stream>;

task<> serve_securely(tcp::acceptor& acceptor, ssl::context& context) {
  for (;;) {
    secure_stream stream(co_await acceptor.async_accept(use_task), context);
    auto greeted = co_await as_result(stream.async_handshake(ssl::stream_base::server, use_task));
    if (!greeted) continue;
    co_await serve(stream);
    static_cast<void>(co_await as_result(stream.async_shutdown(use_task)));
  }
}

// The handshake of a client that believes only `trusted`, for `host`.
task<std::string> get_securely(tcp::endpoint server, std::string trusted, std::string host) {
  ssl::context context(ssl::context::tls_client);
  context.set_verify_mode(ssl::verify_peer);
  if (!trusted.empty()) context.add_certificate_authority(asio::buffer(trusted));
  secure_stream stream(asio_context(), context);
  stream.set_verify_callback(ssl::host_name_verification(host));
  co_await stream.next_layer().async_connect(server, use_task);
  co_await stream.async_handshake(ssl::stream_base::client, use_task);
  beast::flat_buffer buffer;
  const response answer = co_await ask(stream, buffer, "/secret");
  // The server may end without a word; what was asked for is there.
  static_cast<void>(co_await as_result(stream.async_shutdown(use_task)));
  co_return answer.body();
}

}  // namespace

TRIDEM_TEST("TLS: who is not trusted, or has another name, is refused") {
  const identity own = make_identity();
  ssl::context context = server_context(own);
  tcp::acceptor acceptor(asio_context(), {asio::ip::address_v4::loopback(), 0});
  auto serving = create_task(serve_securely(acceptor, context));
  const tcp::endpoint server = acceptor.local_endpoint();

  const std::string body = co_await get_securely(server, own.certificate, "localhost");
  CHECK(body == "you asked for /secret");
  auto unknown = get_securely(server, {}, "localhost");
  const std::string why = co_await test::text_of<std::system_error>(std::move(unknown));
  CHECK(why.find("certificate verify failed") != std::string::npos);
  auto other = get_securely(server, own.certificate, "example.org");
  const std::string name = co_await test::text_of<std::system_error>(std::move(other));
  CHECK(name.find("certificate verify failed") != std::string::npos);

  // A handshake that the other side never answers is cut.
  tcp::acceptor silent(asio_context(), {asio::ip::address_v4::loopback(), 0});
  auto stuck = wait_for(get_securely(silent.local_endpoint(), own.certificate, "localhost"), 5ms);
  const std::string late = co_await test::text_of<timeout_error>(std::move(stuck));
  CHECK(late != "nothing was thrown");
  serving.cancel();
}
#endif
#endif
