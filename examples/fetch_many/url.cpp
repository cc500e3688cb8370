// SPDX-License-Identifier: MIT
// Taking URLs apart, as far as a client of HTTP needs it.
#include "fetch_many/url.hpp"

#include <algorithm>
#include <stdexcept>

namespace fetch_many {
namespace {

[[noreturn]] void refuse(std::string_view text, const char* why) {
  throw std::invalid_argument("'" + std::string(text) + "' " + why);
}

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](unsigned char c) { return c > ' ' && c != 0x7f; });
}

}  // namespace

url parse_url(std::string_view text) {
  // What could smuggle a line into the request is no URL.
  if (!is_printable(text)) refuse(text, "has a space or control character in it");
  url parts{.text = std::string(text)};
  std::string_view rest = text;
  if (rest.starts_with("https://")) {
    parts.secure = true;
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else {
    refuse(text, "begins neither with http:// nor with https://");
  }
  rest = rest.substr(0, rest.find('#'));
  const std::size_t path = std::min(rest.find_first_of("/?"), rest.size());
  std::string_view authority = rest.substr(0, path);
  parts.target = rest.substr(path);
  if (!parts.target.starts_with('/')) parts.target.insert(0, "/");
  if (authority.find('@') != std::string_view::npos) refuse(text, "names a user: not supported");

  const bool bracketed = authority.starts_with('[');
  const std::size_t end = bracketed ? authority.find(']') : authority.find(':');
  if (bracketed && end == std::string_view::npos) refuse(text, "has no ] after its address");
  parts.host = bracketed ? authority.substr(1, end - 1) : authority.substr(0, end);
  if (parts.host.empty()) refuse(text, "has no host");
  std::string_view port =
      bracketed ? authority.substr(end + 1) : authority.substr(std::min(end, authority.size()));
  if (port.starts_with(':')) port.remove_prefix(1);
  if (!std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; })) {
    refuse(text, "has a port that is no number");
  }
  parts.port = !port.empty() ? std::string(port) : parts.secure ? "443" : "80";
  return parts;
}

url follow(const url& base, std::string_view location) {
  if (location.find("://") != std::string_view::npos) return parse_url(location);
  const std::string scheme = base.secure ? "https:" : "http:";
  if (location.starts_with("//")) return parse_url(scheme + std::string(location));
  const bool literal = base.host.find(':') != std::string::npos;
  const std::string host = literal ? "[" + base.host + "]" : base.host;
  std::string path(location);
  if (!path.starts_with('/')) {
    // Relative to the folder of the page that sent us on.
    const std::string_view page = std::string_view(base.target).substr(0, base.target.find('?'));
    path.insert(0, page.substr(0, page.rfind('/') + 1));
  }
  return parse_url(scheme + "//" + host + ":" + base.port + path);
}

}  // namespace fetch_many
