// SPDX-License-Identifier: MIT
// SHA-256 by OpenSSL, and the format of sha256sum.
//
// The low-level interface is deprecated, but the only one whose state can be carried from one
// process to another: EVP_MD_CTX is opaque and cannot be serialised. The code behind both is one.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "tree_digest/digest.hpp"

#include <openssl/sha.h>

#include <bit>
#include <cstring>
#include <stdexcept>

namespace tree_digest {
namespace {

static_assert(sizeof(SHA256_CTX) == sizeof(midstate), "midstate holds the state of OpenSSL");

SHA256_CTX fresh_state() {
  SHA256_CTX state;
  SHA256_Init(&state);
  return state;
}

}  // namespace

answer hash_contents(const tridem::shared_memory& block, const request& what) {
  answer result;
  result.digests.reserve(what.sizes.size());
  const auto bytes = block.bytes();
  std::size_t begin = 0;
  for (std::size_t i = 0; i < what.sizes.size(); ++i) {
    const std::size_t size = what.sizes[i];
    if (size > bytes.size() - begin) throw std::length_error("a piece reaches beyond its block");
    const bool goes_on = i == 0 && what.continues;
    auto state = goes_on ? std::bit_cast<SHA256_CTX>(what.carried) : fresh_state();
    SHA256_Update(&state, bytes.data() + begin, size);
    begin += size;
    if (what.unfinished && i + 1 == what.sizes.size()) {
      result.carried = std::bit_cast<midstate>(state);
    } else {
      SHA256_Final(result.digests.emplace_back().data(), &state);
    }
  }
  return result;
}

std::string escape_name(const std::string& path) {
  std::string escaped;
  escaped.reserve(path.size());
  for (const char c : path) {
    switch (c) {
      case '\\':
        escaped += "\\\\";
        break;
      case '\n':
        escaped += "\\n";
        break;
      case '\r':
        escaped += "\\r";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string format_line(const digest& of_contents, const std::string& path) {
  constexpr char digits[] = "0123456789abcdef";
  const std::string name = escape_name(path);
  std::string line;
  line.reserve(2 * of_contents.size() + name.size() + 4);
  // sha256sum marks a line with an escaped name by a backslash at its beginning.
  if (name.size() != path.size()) line += '\\';
  for (const std::uint8_t byte : of_contents) {
    line += digits[byte >> 4];
    line += digits[byte & 15];
  }
  line += "  ";
  line += name;
  line += '\n';
  return line;
}

}  // namespace tree_digest
