// SPDX-License-Identifier: MIT
// Sockets, pipes, files and names, for operations to succeed, fail and wait on.
#pragma once

#include "tests/support/raw_descriptors.hpp"

#include <tridem/io/buffer.hpp>

#include <climits>

#include <atomic>
#include <cstdint>
#include <fcntl.h>
#include <linux/futex.h>
#include <string>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>

namespace tridem::test {

/// What the operations of one cell work on; fresh for each.
struct conformance_world {
  listener at;
  descriptor active = make_socket();
  descriptor_pair sockets = make_socket_pair();
  descriptor_pair full_sockets = make_socket_pair();
  descriptor_pair pipe = make_pipe();
  descriptor_pair full_pipe = make_pipe();
  descriptor file = make_file("contents");
  int to_close = -1;  // for an operation, or else at the end
  descriptor bell = own(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  std::atomic<std::uint32_t> word{7};
  temporary_directory directory;
  descriptor opened_directory = own(::open(directory.path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string old_name = directory / "old";
  std::string new_name = directory / "new";
  std::string missing = directory / "missing";
  std::string below_missing = missing + "/name";
  std::string below_a_file = old_name + "/name";
  descriptor other;                // what else an operation needs
  std::array<descriptor, 2> more;  // and what stands behind that
  std::string room = std::string(64, '\0');
  iovec part{room.data(), 4};
  msghdr message{};
  struct statx about{};

  conformance_world() {
    fill(full_sockets.second);
    fill(full_pipe.second);
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    REQUIRE(::mknod(old_name.c_str(), S_IFREG | 0600, 0) == 0);
  }
  conformance_world(const conformance_world&) = delete;
  conformance_world& operator=(const conformance_world&) = delete;
  ~conformance_world() {
    if (to_close >= 0 && ::fcntl(to_close, F_GETFD) >= 0) ::close(to_close);
    for (const std::string& name : {old_name, new_name}) {
      if (::unlink(name.c_str()) != 0) ::rmdir(name.c_str());
    }
  }
  [[nodiscard]] mutable_buffer four() { return as_writable_bytes(room).first(4); }
  /// `other` is a socket that cannot connect to the unix address now.
  void fill_unix_backlog() {
    const auto make = [] {
      return own(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    };
    more[0] = make();
    unix_place.sun_family = AF_UNIX;
    // A name without a file that the kernel chooses.
    REQUIRE(::bind(more[0].get(), unix_address(), sizeof unix_place.sun_family) == 0);
    REQUIRE(::getsockname(more[0].get(), reinterpret_cast<sockaddr*>(&unix_place), &unix_size) ==
            0);
    REQUIRE(::listen(more[0].get(), 0) == 0);
    more[1] = make();
    REQUIRE(::connect(more[1].get(), unix_address(), unix_size) == 0);
    other = make();
  }
  [[nodiscard]] const sockaddr* unix_address() const noexcept {
    return reinterpret_cast<const sockaddr*>(&unix_place);
  }
  sockaddr_un unix_place{};
  socklen_t unix_size = sizeof unix_place;
  void ring_the_bell() {
    word.store(8);
    ::syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
    const std::uint64_t one = 1;
    REQUIRE(::write(bell.get(), &one, sizeof one) == sizeof one);
  }
};

}  // namespace tridem::test
