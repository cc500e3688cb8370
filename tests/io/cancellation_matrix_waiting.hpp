// SPDX-License-Identifier: MIT
// Rows of the cancellation matrix: operations that wait for a peer. A request to cancel and the
// peer's answer race in the kernel; whoever wins, every byte is in one place.
#pragma once

#include "tests/support/cancellation_matrix.hpp"
#include "tests/support/raw_descriptors.hpp"

#include <tridem/io/doorbell.hpp>
#include <tridem/io/operations.hpp>
#include <tridem/runtime/event_loop.hpp>
#include <tridem/runtime/operation_awaitable.hpp>

#include <algorithm>
#include <atomic>
#include <optional>
#include <poll.h>
#include <string>
#include <sys/eventfd.h>
#include <sys/uio.h>

namespace tridem::test::matrix {

/// What a row awaits: one operation, made when it is asked for.
template <class Op>
task<typename Op::value_type> perform(Op op) {
  operation_awaitable<Op> asked{std::move(op)};
  co_return co_await std::move(asked);
}

class waiting_row : public direct_row {
 public:
  bool may_go_either_way() const override {
    return when == moment::just_before_it_ends || when == moment::just_after_it_ended;
  }
};

/// Takes four bytes out of a socket or a pipe; what it did not take is still there.
class taking_row : public waiting_row {
 public:
  explicit taking_row(descriptor_pair ends) noexcept : ends_(std::move(ends)) {}
  void happen() override { send_text(ends_.second, "four"); }
  std::string damage(bool delivered) override {
    const std::string left = drain(ends_.first);
    if (delivered) return taken_ == 4 && left.empty() && buffer_ == "four" ? "" : "bytes are lost";
    return left == "four" ? "" : "the bytes went, and nobody has them";
  }

 protected:
  descriptor_pair ends_;
  std::string buffer_ = std::string(4, '\0');
  ::iovec part_{buffer_.data(), buffer_.size()};
  std::size_t taken_ = 0;
};

struct recv_row final : taking_row {
  recv_row() : taking_row(make_socket_pair()) {}
  task<> act() override {
    taken_ = co_await perform(recv_operation(ends_.first.get(), as_writable_bytes(buffer_)));
  }
};
struct receive_row final : taking_row {
  receive_row() : taking_row(make_socket_pair()) {}
  task<> act() override {
    const received_bytes got = co_await perform(receive_operation(ends_.first.get()));
    taken_ = got.size();
    buffer_ = as_text(got.bytes());
  }
};
struct recvmsg_row final : taking_row {
  recvmsg_row() : taking_row(make_socket_pair()) {}
  task<> act() override {
    ::msghdr header{};
    header.msg_iov = &part_;
    header.msg_iovlen = 1;
    taken_ = co_await perform(recvmsg_operation(ends_.first.get(), &header));
  }
};
struct read_row final : taking_row {
  read_row() : taking_row(make_pipe()) {}
  task<> act() override {
    taken_ = co_await perform(read_operation(ends_.first.get(), as_writable_bytes(buffer_)));
  }
};
struct readv_row final : taking_row {
  readv_row() : taking_row(make_pipe()) {}
  task<> act() override {
    taken_ = co_await perform(readv_operation(ends_.first.get(), &part_, 1));
  }
};

/// Puts a byte into a socket or a pipe that is full; what was not put does not arrive.
class giving_row : public waiting_row {
 public:
  explicit giving_row(descriptor_pair ends) : ends_(std::move(ends)), filled_(fill(ends_.second)) {}
  void happen() override { arrived_ += drain(ends_.first); }
  std::string damage(bool delivered) override {
    arrived_ += drain(ends_.first);
    if (delivered != (given_ == 1)) return "another count than was asked for";
    const auto byte = static_cast<std::size_t>(std::ranges::count(arrived_, 'x'));
    const bool all_there = arrived_.size() == filled_ + byte;
    return all_there && byte == (delivered ? 1u : 0u) ? "" : "a byte is lost, or came unasked";
  }

 protected:
  descriptor_pair ends_;
  std::string text_ = "x";
  ::iovec part_{text_.data(), text_.size()};
  std::size_t given_ = 0;

 private:
  std::size_t filled_;
  std::string arrived_;
};

struct send_row final : giving_row {
  send_row() : giving_row(make_socket_pair()) {}
  task<> act() override {
    given_ = co_await perform(send_operation(ends_.second.get(), as_bytes(text_)));
  }
};
struct sendmsg_row final : giving_row {
  sendmsg_row() : giving_row(make_socket_pair()) {}
  task<> act() override {
    ::msghdr header{};
    header.msg_iov = &part_;
    header.msg_iovlen = 1;
    given_ = co_await perform(sendmsg_operation(ends_.second.get(), &header));
  }
};
struct write_row final : giving_row {
  write_row() : giving_row(make_pipe()) {}
  task<> act() override {
    given_ = co_await perform(write_operation(ends_.second.get(), as_bytes(text_)));
  }
};
struct writev_row final : giving_row {
  writev_row() : giving_row(make_pipe()) {}
  task<> act() override {
    given_ = co_await perform(writev_operation(ends_.second.get(), &part_, 1));
  }
};

/// A connection that was not delivered still waits to be accepted.
class accept_row final : public waiting_row {
  task<> act() override { taken_ = co_await perform(accept_operation(at_.socket.get())); }
  void happen() override {
    active_ = make_socket(mode::blocking);
    REQUIRE(::connect(active_.get(), at_.as_sockaddr(), sizeof at_.address) == 0);
  }
  std::string damage(bool delivered) override {
    const descriptor left{::accept4(at_.socket.get(), nullptr, nullptr, SOCK_CLOEXEC)};
    if (delivered) return taken_ && left.get() < 0 ? "" : "the connection came twice";
    return left.get() >= 0 ? "" : "the connection is lost";
  }
  listener at_;
  descriptor active_;
  descriptor taken_;
};

class poll_row final : public waiting_row {
  task<> act() override {
    const unsigned seen = co_await perform(poll_operation(ends_.first.get(), POLLIN));
    CHECK((seen & POLLIN) != 0);
  }
  void happen() override { send_text(ends_.second, "four"); }
  std::string damage(bool) override {
    return drain(ends_.first) == "four" ? "" : "poll took bytes";
  }
  descriptor_pair ends_ = make_pipe();
};

class doorbell_row final : public waiting_row {
  task<> act() override { co_await perform(wait_doorbell_operation(&word_, 0, eventfd_.get())); }
  void happen() override {
    word_ = 1;
    ring_doorbell(word_, eventfd_.get(), doorbell_kind_of(event_loop::current()));
  }
  std::string damage(bool) override { return word_ == 1 ? "" : "nobody rang"; }
  std::atomic<std::uint32_t> word_{0};
  descriptor eventfd_ = own(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
};

inline std::vector<entry> waiting_rows() {
  return {
      {"accept", make_row<accept_row>},   {"recv", make_row<recv_row>},
      {"receive", make_row<receive_row>}, {"send", make_row<send_row>},
      {"recvmsg", make_row<recvmsg_row>}, {"sendmsg", make_row<sendmsg_row>},
      {"read", make_row<read_row>},       {"write", make_row<write_row>},
      {"readv", make_row<readv_row>},     {"writev", make_row<writev_row>},
      {"poll", make_row<poll_row>},       {"wait_doorbell", make_row<doorbell_row>},
  };
}

}  // namespace tridem::test::matrix
