// SPDX-License-Identifier: MIT
// Sends a value through its bytes and back, for the tests of the codecs.
#pragma once

#include <tridem/pool/codec.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <span>
#include <vector>

namespace tridem::test {

template <class T>
std::vector<std::byte> bytes_of(const T& value) {
  message_writer measure;
  encode(measure, value);
  std::vector<std::byte> message(measure.size());
  message_writer out(message);
  encode(out, value);
  CHECK(out.fits());
  CHECK(out.size() == message.size());
  return message;
}

template <class T>
T value_of(std::span<const std::byte> message) {
  message_reader in(message, {}, message_reader::views::allowed);
  T value = decode<T>(in);
  in.expect_end();
  return value;
}

template <class T>
bool comes_back(const T& value) {
  return value_of<T>(bytes_of(value)) == value;
}

}  // namespace tridem::test
