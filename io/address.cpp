// SPDX-License-Identifier: MIT
// Reading and printing addresses. The system's structures are copied in and out, never cast.
#include <tridem/io/address.hpp>

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <cstring>
#include <net/if.h>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/un.h>

namespace tridem {
namespace {

constexpr std::string_view local_prefix = "unix:";

template <class Native>
Native as_native(const address& from) noexcept {
  Native native{};
  std::memcpy(&native, from.data(), std::min<std::size_t>(sizeof native, from.size()));
  return native;
}

template <class Native>
address from(const Native& native) noexcept {
  return address::from_native(&native, sizeof native);
}

address ipv4(in_addr_t host_order, std::uint16_t port) noexcept {
  sockaddr_in native{};
  native.sin_family = AF_INET;
  native.sin_port = htons(port);
  native.sin_addr.s_addr = htonl(host_order);
  return from(native);
}

std::optional<std::uint16_t> read_port(std::string_view text) noexcept {
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc{} || rest != end || text.empty()) return std::nullopt;
  return port;
}

// The number of an interface that is given by number or name; 0 when there is none.
std::uint32_t read_scope(const std::string& scope) noexcept {
  std::uint32_t number = 0;
  const char* end = scope.data() + scope.size();
  const auto [rest, error] = std::from_chars(scope.data(), end, number);
  return error == std::errc{} && rest == end ? number : ::if_nametoindex(scope.c_str());
}

std::optional<address> read_ip(std::string_view host, std::uint16_t port) {
  if (host == "localhost") return address::loopback(port);
  const std::string text{host};
  sockaddr_in v4{};
  if (::inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    return from(v4);
  }
  const std::size_t percent = text.find('%');
  sockaddr_in6 v6{};
  if (::inet_pton(AF_INET6, text.substr(0, percent).c_str(), &v6.sin6_addr) != 1) return {};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  if (percent != std::string::npos) {
    v6.sin6_scope_id = read_scope(text.substr(percent + 1));
    if (v6.sin6_scope_id == 0) return {};
  }
  return from(v6);
}

std::optional<address> read_local(std::string_view path) noexcept {
  sockaddr_un native{};
  // The final zero belongs to a path, but not to a name without a file, which starts with a zero.
  if (path.empty() || path.size() >= sizeof native.sun_path) return {};
  const bool is_abstract = path.front() == '@';
  // A name without a file may hold any byte, a path not.
  if (!is_abstract && path.find('\0') != std::string_view::npos) return {};
  native.sun_family = AF_UNIX;
  std::memcpy(native.sun_path, path.data(), path.size());
  if (is_abstract) native.sun_path[0] = '\0';
  const std::size_t size = offsetof(sockaddr_un, sun_path) + path.size() + (is_abstract ? 0 : 1);
  return address::from_native(&native, static_cast<std::uint32_t>(size));
}

std::string path_of(const address& local) {
  const auto native = as_native<sockaddr_un>(local);
  const std::size_t length = local.size() - offsetof(sockaddr_un, sun_path);
  if (length == 0) return {};  // The unnamed end of a socket pair.
  if (native.sun_path[0] == '\0') return '@' + std::string(native.sun_path + 1, length - 1);
  return std::string(native.sun_path,
                     ::strnlen(native.sun_path, std::min(length, sizeof native.sun_path)));
}

[[noreturn]] void refuse(std::string_view text, const char* expected) {
  throw std::invalid_argument("'" + std::string(text) + "' is not an address: expected " +
                              expected);
}

}  // namespace

std::optional<address> address::try_parse(std::string_view text) {
  if (text.starts_with(local_prefix)) return read_local(text.substr(local_prefix.size()));
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return {};
  const auto port = read_port(text.substr(colon + 1));
  std::string_view host = text.substr(0, colon);
  if (!port) return {};
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    if (host.find(':') == std::string_view::npos) return {};
  } else if (host.find(':') != std::string_view::npos) {
    return {};  // An IPv6 address without brackets: which colon separates the port?
  }
  return read_ip(host, *port);
}

address address::parse(std::string_view text) {
  if (auto parsed = try_parse(text)) return *parsed;
  refuse(text, "'1.2.3.4:port', '[::1]:port', 'localhost:port', 'unix:/path' or 'unix:@name'");
}

address address::ip(std::string_view host, std::uint16_t port) {
  if (auto parsed = read_ip(host, port)) return *parsed;
  refuse(host, "a numeric IPv4 or IPv6 address, or 'localhost' (names need resolve())");
}

address address::loopback(std::uint16_t port) noexcept {
  return ipv4(INADDR_LOOPBACK, port);
}

address address::any(std::uint16_t port) noexcept {
  return ipv4(INADDR_ANY, port);
}

address address::any_ipv6(std::uint16_t port) noexcept {
  sockaddr_in6 native{};
  native.sin6_family = AF_INET6;
  native.sin6_port = htons(port);
  return from(native);
}

address address::local(std::string_view path) {
  if (auto parsed = read_local(path)) return *parsed;
  refuse(path, "a path of 1 to 107 bytes, or '@' and a name");
}

address address::from_native(const void* sockaddr, std::uint32_t size) noexcept {
  address made;
  made.size_ = std::min<std::uint32_t>(size, storage_size);
  std::memcpy(made.storage_.data(), sockaddr, made.size_);
  // The zero behind a path may be counted or not; here it always is, so that equal paths are equal.
  constexpr std::size_t path_at = offsetof(sockaddr_un, sun_path);
  if (made.family() == address_family::local && made.size_ > path_at &&
      made.storage_[path_at] != std::byte{0}) {
    const auto* path = reinterpret_cast<const char*>(made.storage_.data()) + path_at;
    const std::size_t counted = std::min(made.size_ - path_at, sizeof(sockaddr_un::sun_path));
    const std::size_t length = ::strnlen(path, counted);
    made.size_ = static_cast<std::uint32_t>(path_at + length + 1);
  }
  return made;
}

address_family address::family() const noexcept {
  if (size_ < sizeof(sa_family_t)) return address_family::none;
  switch (as_native<::sockaddr>(*this).sa_family) {
    case AF_INET:
      return address_family::ipv4;
    case AF_INET6:
      return address_family::ipv6;
    case AF_UNIX:
      return address_family::local;
    default:
      return address_family::none;
  }
}

std::uint16_t address::port() const noexcept {
  switch (family()) {
    case address_family::ipv4:
      return ntohs(as_native<sockaddr_in>(*this).sin_port);
    case address_family::ipv6:
      return ntohs(as_native<sockaddr_in6>(*this).sin6_port);
    case address_family::local:
    case address_family::none:
      return 0;
  }
  return 0;
}

address address::with_port(std::uint16_t port) const noexcept {
  address changed = *this;
  // Both structures hold the port at the same place.
  static_assert(offsetof(sockaddr_in, sin_port) == offsetof(sockaddr_in6, sin6_port));
  if (family() == address_family::ipv4 || family() == address_family::ipv6) {
    const std::uint16_t wire = htons(port);
    std::memcpy(changed.storage_.data() + offsetof(sockaddr_in, sin_port), &wire, sizeof wire);
  }
  return changed;
}

std::string address::host() const {
  char text[INET6_ADDRSTRLEN];
  switch (family()) {
    case address_family::ipv4: {
      const auto native = as_native<sockaddr_in>(*this);
      return ::inet_ntop(AF_INET, &native.sin_addr, text, sizeof text);
    }
    case address_family::ipv6: {
      const auto native = as_native<sockaddr_in6>(*this);
      std::string host = ::inet_ntop(AF_INET6, &native.sin6_addr, text, sizeof text);
      if (native.sin6_scope_id != 0) host += '%' + std::to_string(native.sin6_scope_id);
      return host;
    }
    case address_family::local:
      return path_of(*this);
    case address_family::none:
      return {};
  }
  return {};
}

std::string address::to_string() const {
  switch (family()) {
    case address_family::ipv4:
      return host() + ':' + std::to_string(port());
    case address_family::ipv6:
      return '[' + host() + "]:" + std::to_string(port());
    case address_family::local:
      return std::string(local_prefix) + host();
    case address_family::none:
      return "none";
  }
  return "none";
}

bool operator==(const address& left, const address& right) noexcept {
  return left.size_ == right.size_ &&
         std::memcmp(left.storage_.data(), right.storage_.data(), left.size_) == 0;
}

}  // namespace tridem
