// SPDX-License-Identifier: MIT
// Sending and receiving whole messages; the kernel keeps them whole, and tells when a process died.
#include "pool/mp/waiting.hpp"
#include "pool/worker/cancel_event.hpp"
#include "pool/worker/descriptor_passing.hpp"

#include <tridem/io/operations.hpp>
#include <tridem/pool/detail/mp_pipe_end.hpp>
#include <tridem/pool/shared_memory.hpp>

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <system_error>

namespace tridem::detail {

namespace {

// Well below the smallest default of net.core.wmem_max, so that a packet always fits some time.
constexpr std::size_t largest_packet = std::size_t{32} << 10;
constexpr std::size_t packet_bytes = 1 + largest_packet;
constexpr std::size_t most_descriptors = 249;

// The first byte of a packet.
constexpr std::byte bytes_inside{0};
constexpr std::byte bytes_in_block{1};  // they are in the memory that came as first descriptor

[[noreturn]] void fail(int error, const char* what) {
  throw std::system_error(error, std::system_category(), what);
}

/// Blocks until the socket is ready, or the call that runs in this worker was told to stop.
void wait_ready(int socket, short events) noexcept {
  std::array<::pollfd, 2> sources{{{socket, events, 0}, {cancel_event(), POLLIN, 0}}};
  // Only without descriptors: then the cancellation is looked for in beats.
  const bool is_blind = is_worker_process() && sources[1].fd < 0;
  const int patience = is_blind ? static_cast<int>(beat / std::chrono::milliseconds(1)) : -1;
  (void)::poll(sources.data(), sources.size(), patience);
  if (sources[1].revents != 0) clear_cancel_event();
}

}  // namespace

mp_packet::mp_packet(std::vector<std::byte> bytes, std::vector<descriptor> owned)
    : bytes_(std::move(bytes)) {
  numbers_.reserve(owned.size());
  for (descriptor& each : owned) numbers_.push_back(each.release());
}

mp_packet::~mp_packet() {
  for (const int number : numbers_) descriptor closing(number);
}

message_reader mp_packet::reader() noexcept {
  return message_reader(bytes_, numbers_);
}

mp_parcel pack(const encodable& item) {
  message_writer measure;
  item.encode(measure);
  const auto attached = measure.attachments();
  if (attached.size() > most_descriptors) {
    throw std::length_error("mp::pipe: an item with " + std::to_string(attached.size()) +
                            " descriptors, where at most " + std::to_string(most_descriptors) +
                            " can travel at once");
  }
  mp_parcel parcel;
  const auto attach = [&parcel](int number) {
    parcel.owned.emplace_back(::fcntl(number, F_DUPFD_CLOEXEC, 3));
    if (!parcel.owned.back()) fail(errno, "send through a pipe between processes");
    parcel.descriptors.push_back(parcel.owned.back().get());
  };
  if (measure.size() < largest_packet) {
    parcel.bytes.resize(1 + measure.size());
    parcel.bytes[0] = bytes_inside;
    message_writer out(std::span(parcel.bytes).subspan(1));
    item.encode(out);
  } else {
    auto block = shared_memory::create(measure.size());
    message_writer out(block.bytes());
    item.encode(out);
    parcel.bytes.assign(1, bytes_in_block);
    attach(block.descriptor());
  }
  for (const int number : attached) attach(number);
  return parcel;
}

std::pair<std::shared_ptr<mp_pipe_end>, std::shared_ptr<mp_pipe_end>> mp_pipe_end::create() {
  auto [one, other] = create_socket_pair();
  return {std::make_shared<mp_pipe_end>(std::move(one)),
          std::make_shared<mp_pipe_end>(std::move(other))};
}

std::shared_ptr<mp_pipe_end> mp_pipe_end::share() const {
  return std::make_shared<mp_pipe_end>(socket_.duplicate());
}

std::shared_ptr<mp_pipe_end> mp_pipe_end::read(message_reader& in) {
  auto came = std::make_shared<mp_pipe_end>(descriptor(in.take_descriptor()));
  int type = 0;
  ::socklen_t size = sizeof(type);
  if (::getsockopt(came->socket_.get(), SOL_SOCKET, SO_TYPE, &type, &size) != 0 ||
      type != SOCK_SEQPACKET) {
    in.fail("a descriptor that is not the end of an mp::pipe");
  }
  return came;
}

void mp_pipe_end::close() noexcept {
  (void)::shutdown(socket_.get(), SHUT_RDWR);
}

mp_pipe_end::progress mp_pipe_end::send_now(const mp_parcel& item) {
  const int error =
      send_with_descriptors(socket_.get(), item.bytes, item.descriptors, patience::none);
  if (error == 0) return progress::done;
  // ETOOMANYREFS: too many descriptors are under way; it passes.
  if (error == EAGAIN || error == ETOOMANYREFS) return progress::would_wait;
  if (error == EPIPE || error == ECONNRESET) return progress::ended;
  fail(error, "send through a pipe between processes");
}

mp_pipe_end::progress mp_pipe_end::recv_now(std::optional<mp_packet>& into) {
  // How long the packet is shows only when it is there; so it comes here first.
  static thread_local const auto room = std::make_unique_for_overwrite<std::byte[]>(packet_bytes);
  const std::span<std::byte> packet(room.get(), packet_bytes);
  auto came = receive_with_descriptors(socket_.get(), packet, patience::none);
  // Said once when the other end was closed with something unread in it; what it had sent follows.
  if (came.error == ECONNRESET) {
    came = receive_with_descriptors(socket_.get(), packet, patience::none);
  }
  if (came.error == EAGAIN) return progress::would_wait;
  if (came.end) return progress::ended;
  if (came.error != 0) fail(came.error, "receive from a pipe between processes");
  if (packet[0] == bytes_in_block) {
    if (came.descriptors.empty()) {
      throw malformed_message("malformed message: a packet of an mp::pipe without its memory");
    }
    const auto block = shared_memory::adopt(came.descriptors.front().release());
    came.descriptors.erase(came.descriptors.begin());
    const auto bytes = block.bytes();
    // Copied: whoever sent it can still write there.
    into.emplace(std::vector(bytes.begin(), bytes.end()), std::move(came.descriptors));
  } else {
    const auto bytes = packet.subspan(1, came.size - 1);
    into.emplace(std::vector(bytes.begin(), bytes.end()), std::move(came.descriptors));
  }
  return progress::done;
}

task<bool> mp_pipe_end::send(std::shared_ptr<mp_pipe_end> self, mp_parcel item) {
  const strand& line = co_await this_strand();
  if (line.scope->is_cancelled()) throw_cancelled();
  for (;;) {
    const progress how = self->send_now(item);
    if (how != progress::would_wait) co_return how == progress::done;
    operation_awaitable<poll_operation> ready(poll_operation(self->socket_.get(), POLLOUT));
    co_await std::move(ready);
  }
}

bool mp_pipe_end::send_blocking(const mp_parcel& item) {
  check_may_block();
  for (;;) {
    const progress how = send_now(item);
    if (how != progress::would_wait) return how == progress::done;
    wait_ready(socket_.get(), POLLOUT);
    if (cancel_requested()) throw_cancelled();
  }
}

task<std::optional<mp_packet>> mp_pipe_end::recv(std::shared_ptr<mp_pipe_end> self) {
  const strand& line = co_await this_strand();
  if (line.scope->is_cancelled()) throw_cancelled();
  std::optional<mp_packet> item;
  for (;;) {
    if (self->recv_now(item) != progress::would_wait) co_return std::move(item);
    operation_awaitable<poll_operation> ready(poll_operation(self->socket_.get(), POLLIN));
    co_await std::move(ready);
  }
}

std::optional<mp_packet> mp_pipe_end::recv_blocking() {
  check_may_block();
  std::optional<mp_packet> item;
  for (;;) {
    if (recv_now(item) != progress::would_wait) return item;
    wait_ready(socket_.get(), POLLIN);
    if (cancel_requested()) throw_cancelled();
  }
}

}  // namespace tridem::detail
