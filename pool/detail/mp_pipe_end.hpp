// SPDX-License-Identifier: MIT
// mp::pipe without its type: one end of two connected sockets that keep the bounds of messages.
#pragma once

#include <tridem/io/descriptor.hpp>
#include <tridem/pool/job.hpp>
#include <tridem/pool/message_reader.hpp>
#include <tridem/pool/message_writer.hpp>
#include <tridem/runtime/task.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace tridem::detail {

/// A message that has come, and the descriptors that came with it.
class mp_packet {
 public:
  mp_packet() noexcept = default;
  mp_packet(std::vector<std::byte> bytes, std::vector<descriptor> owned);
  mp_packet(mp_packet&&) noexcept = default;
  mp_packet& operator=(mp_packet&&) noexcept = default;
  /// Closes the descriptors that `reader` has not handed on.
  ~mp_packet();

  [[nodiscard]] message_reader reader() noexcept;

 private:
  std::vector<std::byte> bytes_;
  std::vector<int> numbers_;
};

/// A message to be sent. Owns what goes with it: the item may be gone before it is sent.
struct mp_parcel {
  std::vector<std::byte> bytes;
  std::vector<descriptor> owned;
  std::vector<int> descriptors;  ///< The numbers of `owned`.
};

/// Errors: what encoding throws; std::system_error; std::length_error for too many descriptors.
[[nodiscard]] mp_parcel pack(const encodable& item);

class mp_pipe_end {
 public:
  /// Errors: std::system_error.
  static std::pair<std::shared_ptr<mp_pipe_end>, std::shared_ptr<mp_pipe_end>> create();
  explicit mp_pipe_end(descriptor socket) noexcept : socket_(std::move(socket)) {}

  [[nodiscard]] std::shared_ptr<mp_pipe_end> share() const;
  void write(message_writer& out) const { out.attach(socket_.get()); }
  /// Errors: malformed_message.
  static std::shared_ptr<mp_pipe_end> read(message_reader& in);
  void close() noexcept;

  /// False when the other end is gone. Errors: std::system_error.
  static task<bool> send(std::shared_ptr<mp_pipe_end> self, mp_parcel item);
  bool send_blocking(const mp_parcel& item);
  /// Empty when the other end is gone. Errors: malformed_message; std::system_error.
  static task<std::optional<mp_packet>> recv(std::shared_ptr<mp_pipe_end> self);
  std::optional<mp_packet> recv_blocking();

 private:
  enum class progress : unsigned char { done, ended, would_wait };
  progress send_now(const mp_parcel& item);
  progress recv_now(std::optional<mp_packet>& into);

  descriptor socket_;
};

}  // namespace tridem::detail
