// SPDX-License-Identifier: MIT
// Echo by hand on epoll: level-triggered, one shared buffer, the answer sent from where it was
// read.
#include "bench/support/echo_socket.hpp"

#include <sys/epoll.h>
#include <unistd.h>
#include <unordered_map>
#include <vector>

namespace {

class server {
 public:
  server()
      : listener_(bench::listen_on_loopback(SOCK_NONBLOCK)),
        epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    watch(EPOLL_CTL_ADD, listener_, EPOLLIN);
  }

  [[noreturn]] void run() {
    std::vector<::epoll_event> ready(1024);
    for (;;) {
      const int count = ::epoll_wait(epoll_, ready.data(), static_cast<int>(ready.size()), -1);
      for (int i = 0; i < count; ++i) {
        const ::epoll_event& event = ready[static_cast<std::size_t>(i)];
        if (event.data.fd == listener_) {
          accept_all();
        } else if ((event.events & EPOLLOUT) != 0) {
          flush(event.data.fd);
        } else {
          echo(event.data.fd);
        }
      }
    }
  }

 private:
  void watch(int what, int fd, std::uint32_t events) {
    ::epoll_event interest{};
    interest.events = events;
    interest.data.fd = fd;
    if (::epoll_ctl(epoll_, what, fd, &interest) != 0) {
      throw std::system_error(errno, std::generic_category(), "epoll_ctl");
    }
  }
  void accept_all() {
    for (;;) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) return;
      bench::send_at_once(fd);
      watch(EPOLL_CTL_ADD, fd, EPOLLIN);
    }
  }
  void echo(int fd) {
    const ::ssize_t got = ::recv(fd, buffer_.data(), buffer_.size(), 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
      drop(fd);
      return;
    }
    const ::ssize_t sent = ::send(fd, buffer_.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL);
    if (sent == got) return;
    if (sent < 0 && errno != EAGAIN) {
      drop(fd);
      return;
    }
    // Rare: what the peer has no room for waits, and reading waits with it.
    unsent_[fd].assign(buffer_.data() + (sent < 0 ? 0 : sent), buffer_.data() + got);
    watch(EPOLL_CTL_MOD, fd, EPOLLOUT);
  }
  void flush(int fd) {
    std::vector<char>& left = unsent_[fd];
    const ::ssize_t sent = ::send(fd, left.data(), left.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) {
      drop(fd);
      return;
    }
    if (sent > 0) left.erase(left.begin(), left.begin() + sent);
    if (left.empty()) watch(EPOLL_CTL_MOD, fd, EPOLLIN);
  }
  void drop(int fd) {
    unsent_.erase(fd);
    ::close(fd);
  }

  int listener_;
  int epoll_;
  std::vector<char> buffer_ = std::vector<char>(bench::echo_buffer_size);
  std::unordered_map<int, std::vector<char>> unsent_;
};

}  // namespace

int main() {
  server().run();
}
