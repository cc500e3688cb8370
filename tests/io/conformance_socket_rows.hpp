// SPDX-License-Identifier: MIT
// The rows of sockets.
#pragma once

#include "tests/io/conformance_rows.hpp"

namespace tridem::test {

inline std::vector<conformance_row> connection_rows() {
  using w = conformance_world&;
  return {
      {op_kind::accept,
       [](w world) {
         REQUIRE(::connect(world.active.get(), world.at.as_sockaddr(), sizeof world.at.address) <=
                 0);
         return make_operation<accept_operation>(world.at.socket.get());
       },
       [](w world) { return make_operation<accept_operation>(world.active.get()); },
       [](w world) { return make_operation<accept_operation>(world.at.socket.get()); },
       [](w world) {
         ::connect(world.active.get(), world.at.as_sockaddr(), sizeof world.at.address);
       }},
      {op_kind::connect,
       [](w world) {
         return make_operation<connect_operation>(world.active.get(), world.at.as_sockaddr(),
                                                  std::uint32_t{sizeof world.at.address});
       },
       [](w world) {
         world.at.socket.reset();
         return make_operation<connect_operation>(world.active.get(), world.at.as_sockaddr(),
                                                  std::uint32_t{sizeof world.at.address});
       }},
      {op_kind::shutdown,
       [](w world) { return make_operation<shutdown_operation>(world.sockets.first.get(), 1); },
       [](w world) { return make_operation<shutdown_operation>(world.active.get(), 1); }},
  };
}

inline std::vector<conformance_row> message_rows() {
  using w = conformance_world&;
  const auto arrives = [](w world) { send_text(world.sockets.second, "four"); };
  const auto gets_room = [](w world) { drain(world.full_sockets.first); };
  return {
      {op_kind::recv,
       [arrives](w world) {
         arrives(world);
         return make_operation<recv_operation>(world.sockets.first.get(), world.four());
       },
       [](w world) { return make_operation<recv_operation>(world.active.get(), world.four()); },
       [](w world) {
         return make_operation<recv_operation>(world.sockets.first.get(), world.four());
       },
       arrives},
      {op_kind::receive,
       [arrives](w world) {
         arrives(world);
         return make_operation<receive_operation>(world.sockets.first.get());
       },
       [](w world) { return make_operation<receive_operation>(world.active.get()); },
       [](w world) { return make_operation<receive_operation>(world.sockets.first.get()); },
       arrives},
      {op_kind::send,
       [](w world) {
         return make_operation<send_operation>(world.sockets.second.get(), world.four());
       },
       [](w world) {
         world.sockets.first.reset();
         return make_operation<send_operation>(world.sockets.second.get(), world.four());
       },
       [](w world) {
         return make_operation<send_operation>(world.full_sockets.second.get(), world.four());
       },
       gets_room},
      {op_kind::recvmsg,
       [arrives](w world) {
         arrives(world);
         return make_operation<recvmsg_operation>(world.sockets.first.get(), &world.message);
       },
       [](w world) {
         return make_operation<recvmsg_operation>(world.active.get(), &world.message);
       },
       [](w world) {
         return make_operation<recvmsg_operation>(world.sockets.first.get(), &world.message);
       },
       arrives},
      {op_kind::sendmsg,
       [](w world) {
         return make_operation<sendmsg_operation>(world.sockets.second.get(), &world.message);
       },
       [](w world) {
         world.sockets.first.reset();
         return make_operation<sendmsg_operation>(world.sockets.second.get(), &world.message);
       },
       [](w world) {
         return make_operation<sendmsg_operation>(world.full_sockets.second.get(), &world.message);
       },
       gets_room},
  };
}

}  // namespace tridem::test
