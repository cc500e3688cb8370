// SPDX-License-Identifier: MIT
// Addresses: read, printed, compared, refused.
#include <tridem/io/address.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <iterator>
#include <netinet/in.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>

using namespace tridem;

TEST_CASE("what parse reads is what to_string prints") {
  for (const char* text : {"127.0.0.1:80", "0.0.0.0:0", "255.255.255.255:65535", "[::1]:443",
                           "[::]:0", "[2001:db8::ff]:8080", "[fe80::1%1]:22",
                           "unix:/run/some.socket", "unix:relative", "unix:@abstract"}) {
    CHECK(address::parse(text).to_string() == text);
  }
  CHECK(address::parse("localhost:8080").to_string() == "127.0.0.1:8080");
  CHECK(address::parse("[::ffff:10.0.0.1]:1").to_string() == "[::ffff:10.0.0.1]:1");
}

TEST_CASE("what is no address is refused with the text that was given") {
  for (const char* text :
       {"", ":", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:80 ",
        "127.0.0.1:8x", "1.2.3:80", "::1:80", "[::1]", "[::1]80", "[127.0.0.1]:80",
        "[::1%nosuchinterface]:80", "example.org:80", "unix:"}) {
    CHECK(!address::try_parse(text));
    try {
      static_cast<void>(address::parse(text));
      FAIL_CHECK(text << " was taken");
    } catch (const std::invalid_argument& error) {
      CHECK(std::string(error.what()).find(text) != std::string::npos);
    }
  }
}

TEST_CASE("names without a file hold any byte, and paths are equal whatever counts their zero") {
  const std::string odd("@a\0b", 4);
  const address local = address::local(odd);
  CHECK(local.host() == odd);
  CHECK(local.size() == 2 + 4);
  CHECK(address::from_native(local.data(), local.size()) == local);

  const address path = address::local("/run/x");
  CHECK(address::from_native(path.data(), path.size() - 1) == path);
  sockaddr_un longest{};
  longest.sun_family = AF_UNIX;
  std::fill(std::begin(longest.sun_path), std::end(longest.sun_path), 'p');
  const address full = address::from_native(&longest, sizeof longest);
  CHECK(full.host() == std::string(108, 'p'));
  CHECK(address::from_native(&longest, 2).host().empty());
  CHECK(address::from_native(&longest, 1).family() == address_family::none);
}

TEST_CASE("a unix path has at most 107 bytes") {
  CHECK(address::local(std::string(107, 'p')).host() == std::string(107, 'p'));
  CHECK_THROWS_AS(static_cast<void>(address::local(std::string(108, 'p'))), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(address::local(std::string("a\0b", 3))), std::invalid_argument);
}

TEST_CASE("family, host and port") {
  CHECK(address().family() == address_family::none);
  CHECK(address().to_string() == "none");
  const address v4 = address::ip("10.1.2.3", 99);
  CHECK(v4.family() == address_family::ipv4);
  CHECK(v4.host() == "10.1.2.3");
  CHECK(v4.port() == 99);
  CHECK(v4.size() == sizeof(sockaddr_in));
  const address v6 = address::any_ipv6(7);
  CHECK(v6.family() == address_family::ipv6);
  CHECK(v6.host() == "::");
  CHECK(v6.with_port(8).port() == 8);
  CHECK(v4.with_port(8) == address::ip("10.1.2.3", 8));
  const address local = address::local("/x");
  CHECK(local.family() == address_family::local);
  CHECK(local.port() == 0);
  CHECK(local.with_port(9) == local);
  CHECK_THROWS_AS(static_cast<void>(address::ip("a.name", 1)), std::invalid_argument);
}

TEST_CASE("addresses are equal by family, host and port") {
  CHECK(address::loopback(1) == address::parse("127.0.0.1:1"));
  CHECK(address::loopback(1) != address::loopback(2));
  CHECK(address::any(1) != address::any_ipv6(1));
  CHECK(address::local("/a") != address::local("@a"));
  CHECK(address() == address());
}
