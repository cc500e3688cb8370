// SPDX-License-Identifier: MIT
// What a driver is, fourth part: cancellation. An operation ends once, and what has arrived is
// delivered.
#include "tests/support/drivers.hpp"
#include "tests/support/raw_descriptors.hpp"

#include <tridem/io/operations.hpp>

#include <cerrno>
#include <functional>
#include <poll.h>
#include <random>
#include <string>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <thread>

namespace tridem::test {
namespace {

/// Descriptors on which every kind of operation would wait for ever.
struct quiet_world {
  listener at;
  descriptor_pair sockets = make_socket_pair();
  descriptor_pair full_sockets = make_socket_pair();
  descriptor_pair pipe = make_pipe();
  descriptor_pair full_pipe = make_pipe();
  descriptor bell = own(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  std::atomic<std::uint32_t> word{7};
  std::string room = std::string(16, '\0');
  iovec part{room.data(), room.size()};
  msghdr message{};

  quiet_world() {
    fill(full_sockets.second);
    fill(full_pipe.second);
    message.msg_iov = &part;
    message.msg_iovlen = 1;
  }
};

using make_operation = std::function<std::shared_ptr<operation>(quiet_world&)>;

template <class Operation, class... Args>
std::shared_ptr<operation> make(Args&&... args) {
  return std::make_shared<single<Operation>>(std::forward<Args>(args)...);
}

struct waiting_kind {
  const char* name;
  make_operation make;
};

const std::vector<waiting_kind>& waiting_kinds() {
  static const std::vector<waiting_kind> kinds{
      {"accept", [](quiet_world& w) { return make<accept_operation>(w.at.socket.get()); }},
      {"recv",
       [](quiet_world& w) {
         return make<recv_operation>(w.sockets.first.get(), as_writable_bytes(w.room));
       }},
      {"receive", [](quiet_world& w) { return make<receive_operation>(w.sockets.first.get()); }},
      {"recvmsg",
       [](quiet_world& w) { return make<recvmsg_operation>(w.sockets.first.get(), &w.message); }},
      {"send",
       [](quiet_world& w) {
         return make<send_operation>(w.full_sockets.second.get(), as_bytes(w.room));
       }},
      {"sendmsg",
       [](quiet_world& w) {
         return make<sendmsg_operation>(w.full_sockets.second.get(), &w.message);
       }},
      {"read",
       [](quiet_world& w) {
         return make<read_operation>(w.pipe.first.get(), as_writable_bytes(w.room));
       }},
      {"readv",
       [](quiet_world& w) { return make<readv_operation>(w.pipe.first.get(), &w.part, 1U); }},
      {"write",
       [](quiet_world& w) {
         return make<write_operation>(w.full_pipe.second.get(), as_bytes(w.room));
       }},
      {"writev",
       [](quiet_world& w) {
         return make<writev_operation>(w.full_pipe.second.get(), &w.part, 1U);
       }},
      {"poll in",
       [](quiet_world& w) { return make<poll_operation>(w.sockets.first.get(), POLLIN); }},
      {"poll out",
       [](quiet_world& w) { return make<poll_operation>(w.full_pipe.second.get(), POLLOUT); }},
      {"poll in or out",
       [](quiet_world& w) {
         return make<poll_operation>(w.full_sockets.second.get(), POLLIN | POLLOUT);
       }},
      {"poll urgent",
       [](quiet_world& w) { return make<poll_operation>(w.sockets.first.get(), POLLPRI); }},
      {"poll hang-up",
       [](quiet_world& w) { return make<poll_operation>(w.sockets.first.get(), POLLRDHUP); }},
      {"wait_doorbell",
       [](quiet_world& w) { return make<wait_doorbell_operation>(&w.word, 7U, w.bell.get()); }},
  };
  return kinds;
}

TEST_CASE("conformance: each kind of wait, cancelled in flight, ends with ECANCELED, once") {
  for_each_driver([](raw_driver& io) {
    quiet_world world;
    for (const waiting_kind& kind : waiting_kinds()) {
      INFO(kind.name);
      const std::shared_ptr<operation> op = kind.make(world);
      io.start_waiting(*op);
      io.cancel(*op);
      CHECK(io.finish(*op) == -ECANCELED);
      CHECK(op->was_cancelled());
      CHECK(io.look().empty());
    }
  });
}

TEST_CASE("conformance: each kind of wait, cancelled while queued, never reaches the driver") {
  for_each_driver([](raw_driver& io) {
    quiet_world world;
    for (const waiting_kind& kind : waiting_kinds()) {
      INFO(kind.name);
      const std::shared_ptr<operation> op = kind.make(world);
      io.submit(*op);
      io.cancel(*op);
      CHECK(op->state == operation_state::done);
      CHECK(op->result == -ECANCELED);
      CHECK(io.look().empty());
    }
  });
}

TEST_CASE("conformance: each kind of wait, cancelled one turn after it was taken") {
  for_each_driver([](raw_driver& io) {
    quiet_world world;
    for (const waiting_kind& kind : waiting_kinds()) {
      INFO(kind.name);
      const std::shared_ptr<operation> op = kind.make(world);
      io.submit(*op);
      CHECK(io.look().empty());
      io.cancel(*op);
      CHECK(io.finish(*op) == -ECANCELED);
    }
  });
}

TEST_CASE("conformance: all kinds of wait at once, cancelled together") {
  for_each_driver([](raw_driver& io) {
    quiet_world world;
    std::vector<std::shared_ptr<operation>> ops;
    for (int copies = 0; copies < 3; ++copies) {
      for (const waiting_kind& kind : waiting_kinds()) ops.push_back(kind.make(world));
    }
    for (const auto& op : ops) io.submit(*op);
    io.look();
    for (const auto& op : ops) io.cancel(*op);
    for (const auto& op : ops) CHECK(io.finish(*op) == -ECANCELED);
  });
}

TEST_CASE("conformance: cancelled late, the bytes are in the buffer or in the socket, never lost") {
  for_each_driver([](raw_driver& io) {
    const descriptor_pair ends = make_socket_pair();
    for (int round = 0; round < 200; ++round) {
      std::string text(5, '\0');
      recv_operation in(ends.first.get(), as_writable_bytes(text));
      io.submit(in);
      io.look();
      send_text(ends.second, "bytes");
      io.cancel(in);
      const std::int32_t count = io.finish(in);
      REQUIRE((count == 5 || count == -ECANCELED));
      CHECK((count == 5 ? text : drain(ends.first)) == "bytes");
      CHECK(drain(ends.first).empty());
    }
  });
}

TEST_CASE("conformance: a sender that races with cancellations loses and doubles no byte") {
  for_each_driver([](raw_driver& io) {
    const descriptor_pair ends = make_socket_pair();
    constexpr std::size_t total = 200000;
    std::jthread sender([&] {
      std::string block(777, '\0');
      for (std::size_t sent = 0; sent < total;) {
        const std::size_t size = std::min(block.size(), total - sent);
        for (std::size_t i = 0; i < size; ++i) block[i] = static_cast<char>((sent + i) % 253);
        const ssize_t count = ::send(ends.second.get(), block.data(), size, 0);
        if (count > 0) sent += static_cast<std::size_t>(count);
      }
    });
    std::minstd_rand random(42);
    std::size_t received = 0;
    std::size_t wrong = 0;
    std::string text(512, '\0');
    const time_point end = io.under_test().now() + raw_driver::patience;
    while (received < total && io.under_test().now() < end) {
      recv_operation in(ends.first.get(), as_writable_bytes(text));
      io.submit(in);
      if (random() % 2 == 0) {
        io.look();
        if (in.state == operation_state::in_flight) io.cancel(in);
      }
      const std::int32_t count = io.finish(in);
      if (count == -ECANCELED) continue;
      REQUIRE(count > 0);
      for (std::int32_t i = 0; i < count; ++i, ++received) {
        wrong += text[static_cast<std::size_t>(i)] != static_cast<char>(received % 253);
      }
    }
    CHECK(received == total);
    CHECK(wrong == 0);
  });
}

TEST_CASE("conformance: an accept that is cancelled keeps no connection") {
  for_each_driver([](raw_driver& io) {
    const listener at;
    for (int round = 0; round < 50; ++round) {
      accept_operation accepting(at.socket.get());
      io.submit(accepting);
      io.look();
      const descriptor active = make_socket(mode::blocking);
      connect_to(at, active);
      io.cancel(accepting);
      if (io.finish(accepting) == -ECANCELED) {
        accept_operation again(at.socket.get());
        CHECK(io.run(again) >= 0);
      } else {
        CHECK(accepting.result >= 0);
      }
    }
  });
}

TEST_CASE("conformance: a connect that is cancelled, to a listener with no room") {
  for_each_driver([](raw_driver& io) {
    // With a backlog of zero Linux queues one connection, and lets the next ones wait.
    const listener at(mode::non_blocking, 0);
    std::vector<descriptor> crowd;
    for (int i = 0; i < 2; ++i) {
      crowd.push_back(make_socket());
      ::connect(crowd.back().get(), at.as_sockaddr(), sizeof at.address);
    }
    const descriptor late = make_socket();
    connect_operation connecting(late.get(), at.as_sockaddr(), sizeof at.address);
    io.start_waiting(connecting);
    io.cancel(connecting);
    CHECK(io.finish(connecting) == -ECANCELED);
  });
}

TEST_CASE("conformance: what is done in no time, or is never cancelled, ends in its own way") {
  for_each_driver([](raw_driver& io) {
    const temporary_directory directory;
    const std::string name = directory / "file";
    for (int round = 0; round < 100; ++round) {
      open_operation opening(AT_FDCWD, name.c_str(), O_RDWR | O_CREAT, 0600);
      io.submit(opening);
      io.look();
      if (opening.state == operation_state::in_flight) io.cancel(opening);
      const std::int32_t fd = io.finish(opening);
      REQUIRE((fd >= 0 || fd == -ECANCELED || fd == -EINTR));
      if (fd < 0) continue;
      close_operation closing(opening.take_value().release());
      io.submit(closing);
      io.look();
      if (closing.state == operation_state::in_flight) io.cancel(closing);
      REQUIRE(io.finish(closing) == 0);
      CHECK(::fcntl(fd, F_GETFD) == -1);
    }
    ::unlink(name.c_str());
  });
}

TEST_CASE("conformance: many file operations, cancelled at once, each end once") {
  for_each_driver([](raw_driver& io) {
    std::vector<std::unique_ptr<single<stat_operation>>> ops;
    std::vector<struct statx> answers(500);
    for (struct statx& answer : answers) {
      ops.push_back(
          std::make_unique<single<stat_operation>>(AT_FDCWD, "/usr/bin", 0, STATX_TYPE, &answer));
      io.submit(*ops.back());
    }
    io.look();
    for (const auto& op : ops) {
      if (op->state == operation_state::in_flight) io.cancel(*op);
    }
    for (const auto& op : ops) {
      const std::int32_t result = io.finish(*op);
      CHECK((result == 0 || result == -ECANCELED));
    }
  });
}

}  // namespace
}  // namespace tridem::test
