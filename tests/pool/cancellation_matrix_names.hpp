// SPDX-License-Identifier: MIT
// Rows of the cancellation matrix: names of hosts, and the connections to them. A thread of the
// system looks names up, so that it may be done before it is told that nobody wants to know.
#pragma once

#include "tests/support/cancellation_matrix.hpp"
#include "tests/support/raw_descriptors.hpp"

#include <tridem/pool/open_connection.hpp>
#include <tridem/pool/resolve.hpp>
#include <tridem/runtime/sleep.hpp>

#include <doctest/doctest.h>

#include <cerrno>
#include <optional>
#include <poll.h>
#include <string>
#include <vector>

namespace tridem::test::matrix {

/// Ends by itself, in time or not.
class name_row : public row {
 public:
  task<> until_it_waits() override { co_await yield(); }
  void complete(hook before, hook after) override {
    before();
    after();
  }
  std::string damage(bool) override { return ""; }
  bool may_go_either_way() const override {
    return when != moment::before_it_starts && when != moment::before_though_ready &&
           when != moment::when_it_has_returned;
  }
};

class resolve_row final : public name_row {
  task<> act() override {
    const std::vector<address> found = co_await resolve("localhost", 80);
    CHECK(!found.empty());
  }
};

/// A connection that was cut is closed, and one that was delivered stands.
class connection_row : public name_row {
 public:
  std::string damage(bool delivered) override {
    const descriptor seen{::accept4(at_.socket.get(), nullptr, nullptr, SOCK_CLOEXEC)};
    if (seen.get() < 0) return delivered ? "the connection is lost" : "";
    ::pollfd state{seen.get(), POLLIN, 0};
    const bool has_ended = ::poll(&state, 1, delivered ? 0 : -1) == 1;
    return has_ended == delivered ? "what was cut is open, or what was delivered is not" : "";
  }

 protected:
  [[nodiscard]] std::uint16_t port() const { return ntohs(at_.address.sin_port); }
  std::optional<tcp_stream> made_;

 private:
  listener at_;
};

class open_connection_row final : public connection_row {
  task<> act() override { made_ = co_await open_connection("localhost", port()); }
};

class connect_any_row final : public connection_row {
  task<> act() override {
    std::vector<address> candidates{address::loopback(port())};
    made_ = co_await connect_any(std::move(candidates));
  }
};

inline std::vector<entry> name_rows() {
  return {
      {"resolve", make_row<resolve_row>},
      {"open_connection", make_row<open_connection_row>},
      {"connect_any", make_row<connect_any_row>},
  };
}

}  // namespace tridem::test::matrix
