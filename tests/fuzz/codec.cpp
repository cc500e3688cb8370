// SPDX-License-Identifier: MIT
// Decodes any bytes as values of many types. What comes out must be a value or an exception of the
// decoder's own; a value must survive being encoded and decoded once more.
#include <tridem/pool/codec.hpp>
#include <tridem/pool/errors.hpp>
#include <tridem/pool/exception_codec.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <map>
#include <new>
#include <optional>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace {

enum class colour : std::uint8_t { red, green, blue };

struct leaf {
  std::string name;
  std::optional<double> weight;
  colour paint = colour::red;
  bool operator==(const leaf&) const = default;
};
struct tree {
  std::vector<leaf> leaves;
  std::map<std::string, std::vector<int>> index;
  std::variant<int, std::string, leaf> root;
  std::tuple<bool, char, std::array<std::uint16_t, 3>> rest;
  std::vector<tree> below;
  bool operator==(const tree&) const = default;
};

template <class T>
std::vector<std::byte> bytes_of(const T& value) {
  tridem::message_writer measure;
  tridem::encode(measure, value);
  std::vector<std::byte> bytes(measure.size());
  tridem::message_writer out(bytes);
  tridem::encode(out, value);
  if (!out.fits()) std::abort();
  return bytes;
}

// The order of its entries is nobody's promise, but it must be the same map.
template <class Map>
void decode_map_twice(std::span<const std::byte> bytes) {
  tridem::message_reader in(bytes);
  const Map value = tridem::decode<Map>(in);
  in.expect_end();
  const std::vector<std::byte> first = bytes_of(value);
  tridem::message_reader again(first);
  if (tridem::decode<Map>(again) != value) std::abort();
}

// Doubles may be not-a-number, which equals nothing: the bytes are compared.
template <class T>
void decode_twice(std::span<const std::byte> bytes) {
  tridem::message_reader in(bytes, {}, tridem::message_reader::views::allowed);
  const T value = tridem::decode<T>(in);
  in.expect_end();
  const std::vector<std::byte> first = bytes_of(value);
  tridem::message_reader again(first, {}, tridem::message_reader::views::allowed);
  const T same = tridem::decode<T>(again);
  again.expect_end();
  if (bytes_of(same) != first) std::abort();
}

void decode_thrown(std::span<const std::byte> bytes) {
  tridem::message_reader in(bytes);
  if (tridem::decode_exception(in, 1) == nullptr) std::abort();
}

constexpr void (*decoders[])(std::span<const std::byte>) = {
    decode_twice<bool>,
    decode_twice<std::uint64_t>,
    decode_twice<std::string>,
    decode_twice<std::string_view>,
    decode_twice<std::span<const double>>,
    decode_twice<std::vector<std::string>>,
    decode_twice<std::vector<bool>>,
    decode_twice<std::vector<std::vector<std::vector<int>>>>,
    decode_twice<std::set<int>>,
    decode_map_twice<std::unordered_map<std::string, int>>,
    decode_twice<std::chrono::nanoseconds>,
    decode_twice<std::filesystem::path>,
    decode_twice<std::optional<std::optional<std::string>>>,
    decode_twice<std::pair<std::string, std::variant<std::monostate, int, std::string>>>,
    decode_twice<leaf>,
    decode_twice<tree>,
    decode_thrown,
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto bytes = std::as_bytes(std::span(data, size));
  try {
    decoders[data[0] % std::size(decoders)](bytes.subspan(1));
  } catch (const tridem::malformed_message&) {
    // What it has to say about bytes from nowhere.
  }
  return 0;
}
