// SPDX-License-Identifier: MIT
// Where a socket is, or is to be: an IPv4, IPv6 or unix address, as a value. Names are for
// resolve().
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tridem {

/// The kinds of address.
enum class address_family : std::uint8_t { none, ipv4, ipv6, local };

/// An address of a socket. A value: 120 bytes, nothing allocated. Never asks a name server.
///
/// Threads: as a value.
class address {
 public:
  /// No address at all: family `none`.
  address() = default;

  /// Reads "127.0.0.1:80", "[::1]:80", "localhost:80", "unix:/path", "unix:@abstract".
  ///
  /// Errors: std::invalid_argument that quotes the text and says what is expected.
  [[nodiscard]] static address parse(std::string_view text);
  /// The same, empty instead of an error.
  [[nodiscard]] static std::optional<address> try_parse(std::string_view text);

  /// A numeric host ("127.0.0.1", "::1", "fe80::1%eth0") or "localhost" (127.0.0.1), and a port.
  ///
  /// Errors: std::invalid_argument when `host` is a name.
  [[nodiscard]] static address ip(std::string_view host, std::uint16_t port);

  /// 127.0.0.1, this machine only; port 0 lets the kernel choose one.
  [[nodiscard]] static address loopback(std::uint16_t port = 0) noexcept;
  /// 0.0.0.0, all IPv4 interfaces.
  [[nodiscard]] static address any(std::uint16_t port = 0) noexcept;
  /// [::], all interfaces; with IPv4 too where the system maps it.
  [[nodiscard]] static address any_ipv6(std::uint16_t port = 0) noexcept;
  /// A unix socket: a path of up to 107 bytes, or '@' and a name without a file.
  ///
  /// Errors: std::invalid_argument when it is empty or too long.
  [[nodiscard]] static address local(std::string_view path);

  /// Takes over a struct sockaddr of the system.
  [[nodiscard]] static address from_native(const void* sockaddr, std::uint32_t size) noexcept;

  [[nodiscard]] address_family family() const noexcept;
  /// 0 for a unix address.
  [[nodiscard]] std::uint16_t port() const noexcept;
  /// The same address with another port.
  [[nodiscard]] address with_port(std::uint16_t port) const noexcept;
  /// The host without port, or the path of a unix address.
  [[nodiscard]] std::string host() const;
  /// The form that `parse` reads.
  [[nodiscard]] std::string to_string() const;

  /// The struct sockaddr for system calls, and its size in bytes.
  [[nodiscard]] const void* data() const noexcept { return storage_.data(); }
  [[nodiscard]] std::uint32_t size() const noexcept { return size_; }

  friend bool operator==(const address& left, const address& right) noexcept;

 private:
  static constexpr std::size_t storage_size = 112;  // struct sockaddr_un has 110

  alignas(8) std::array<std::byte, storage_size> storage_{};
  std::uint32_t size_ = 0;
};

}  // namespace tridem
