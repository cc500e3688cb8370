// SPDX-License-Identifier: MIT
// What each operation of a socket may be asked for in vain because of its peer.
#pragma once

#include "tests/io/conformance_failures.hpp"

namespace tridem::test {

/// A peer that cannot be connected to.
inline std::vector<conformance_failure> failures_of_connections() {
  using w = conformance_world&;
  return {
      {op_kind::connect,
       [](w s) {
         auto [passive, active] = make_tcp_pair();
         s.other = std::move(active);
         return make_operation<connect_operation>(s.other.get(), s.at.as_sockaddr(),
                                                  std::uint32_t{sizeof s.at.address});
       }},
      {op_kind::connect,
       [](w s) {
         s.other = own(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
         return make_operation<connect_operation>(s.other.get(), s.at.as_sockaddr(),
                                                  std::uint32_t{sizeof s.at.address});
       }},
      {op_kind::connect,
       [](w s) {
         s.fill_unix_backlog();
         return make_operation<connect_operation>(s.other.get(), s.unix_address(),
                                                  std::uint32_t{s.unix_size});
       }},
  };
}

/// A peer that is not there any more.
inline std::vector<conformance_failure> failures_of_peers() {
  using w = conformance_world&;
  const auto make_reset = [](w s) {
    auto [passive, active] = make_tcp_pair();
    s.other = std::move(active);
    reset_connection(std::move(passive));
  };
  const auto make_datagram = [](w s) {
    s.other = own(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  };
  return {
      {op_kind::recv,
       [=](w s) {
         make_reset(s);
         return make_operation<recv_operation>(s.other.get(), s.four());
       }},
      {op_kind::receive,
       [=](w s) {
         make_reset(s);
         return make_operation<receive_operation>(s.other.get());
       }},
      {op_kind::recvmsg,
       [=](w s) {
         make_reset(s);
         return make_operation<recvmsg_operation>(s.other.get(), &s.message);
       }},
      {op_kind::send,
       [=](w s) {
         make_reset(s);
         return make_operation<send_operation>(s.other.get(), s.four());
       }},
      {op_kind::send,
       [=](w s) {
         make_datagram(s);
         return make_operation<send_operation>(s.other.get(), s.four());
       }},
      {op_kind::send,
       [](w s) {
         auto [first, second] = make_socket_pair(mode::non_blocking, SOCK_SEQPACKET);
         s.other = std::move(first);
         s.room.resize(std::size_t{1} << 24);
         return make_operation<send_operation>(s.other.get(), as_bytes(s.room));
       }},
      {op_kind::sendmsg,
       [=](w s) {
         make_reset(s);
         return make_operation<sendmsg_operation>(s.other.get(), &s.message);
       }},
      {op_kind::sendmsg,
       [=](w s) {
         make_datagram(s);
         return make_operation<sendmsg_operation>(s.other.get(), &s.message);
       }},
  };
}

}  // namespace tridem::test
