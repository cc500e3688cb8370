// SPDX-License-Identifier: MIT
// The errors of tridem::mp cross to other processes as themselves.
#include <tridem/pool/exception_codec.hpp>
#include <tridem/pool/mp_errors.hpp>
#include <tridem/runtime/cancellation.hpp>

#include <doctest/doctest.h>

#include <exception>
#include <string>
#include <vector>

namespace {

template <class Throw>
std::exception_ptr thrown_by(Throw body) {
  try {
    body();
  } catch (...) {
    return std::current_exception();
  }
  return nullptr;
}

/// There and back, as a worker and its parent do it.
std::exception_ptr cross(const std::exception_ptr& thrown) {
  tridem::message_writer measure;
  tridem::encode_exception(measure, thrown);
  std::vector<std::byte> bytes(measure.size());
  tridem::message_writer out(bytes);
  tridem::encode_exception(out, thrown);
  tridem::message_reader in(bytes);
  return tridem::decode_exception(in, 1);
}

}  // namespace

TEST_CASE("mp_errors: cross as themselves, with their texts") {
  const auto died = cross(std::make_exception_ptr(tridem::mp::owner_died("who")));
  CHECK_THROWS_WITH_AS(std::rethrow_exception(died), "who", tridem::mp::owner_died);
  const auto broken = cross(std::make_exception_ptr(tridem::mp::broken_barrier("why")));
  CHECK_THROWS_WITH_AS(std::rethrow_exception(broken), "why", tridem::mp::broken_barrier);
}

TEST_CASE("mp_errors: a job that has heard that it is to stop says so") {
  const auto heard = cross(thrown_by([] { tridem::throw_cancelled(); }));
  CHECK_THROWS_AS(std::rethrow_exception(heard), tridem::cancelled);
}
