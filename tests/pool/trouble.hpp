// SPDX-License-Identifier: MIT
// Values that make trouble on their way to a worker and back: at a given place, in a given manner.
#pragma once

#include <tridem/pool/codec.hpp>
#include <tridem/pool/worker.hpp>

#include <climits>

#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <utility>

namespace tridem::test {

/// Where a call is when the trouble comes. The first and the last but one are in the parent.
enum class place : unsigned char {
  task_write,
  task_read,
  run,
  result_write,
  result_read,
  after_result,
  nowhere
};

enum class deed : unsigned char { error, segv, abort, exit_0, exit_1, kill, overflow, none };

/// Uses up the stack, `depth` pages deep.
inline int dig(volatile const char* above, int depth) {
  volatile char page[4096];
  page[0] = above == nullptr ? '\0' : above[0];
  return depth == 0 ? page[0] : dig(page, depth - 1) + page[0];
}

inline void commit(deed what) {
  switch (what) {
    case deed::error:
      throw std::domain_error("trouble");
    case deed::segv:
      ::raise(SIGSEGV);
      return;
    case deed::abort:
      std::abort();
    case deed::exit_0:
      std::exit(0);
    case deed::exit_1:
      std::exit(1);
    case deed::kill:
      ::raise(SIGKILL);
      return;
    case deed::overflow:
      (void)dig(nullptr, INT_MAX);
      return;
    case deed::none:
      return;
  }
}

/// Commits a deed where it is encoded, decoded or handled.
struct parcel {
  std::string bulk;
  place where = place::nowhere;
  deed what = deed::none;

  void pass(place here) const {
    if (here == where) commit(what);
  }
};

/// Commits a deed in the worker, when the call has ended and its arguments are destroyed.
class farewell {
 public:
  explicit farewell(deed what) noexcept : what_(what) {}
  farewell(farewell&& other) noexcept : what_(std::exchange(other.what_, deed::none)) {}
  farewell& operator=(farewell&&) = delete;
  ~farewell() {
    if (is_worker_process()) commit(what_);
  }
  [[nodiscard]] deed what() const noexcept { return what_; }

 private:
  deed what_;
};

}  // namespace tridem::test

/// The trouble comes when one half of the message is there, and the other is not.
template <>
struct tridem::codec<tridem::test::parcel> {
  using parcel = tridem::test::parcel;
  using place = tridem::test::place;

  static void write(message_writer& out, const parcel& sent) {
    encode(out, sent.bulk);
    sent.pass(is_worker_process() ? place::result_write : place::task_write);
    encode(out, sent.where);
    encode(out, sent.what);
  }
  static parcel read(message_reader& in) {
    parcel got;
    got.bulk = decode<std::string>(in);
    got.where = decode<place>(in);
    got.what = decode<tridem::test::deed>(in);
    got.pass(is_worker_process() ? place::task_read : place::result_read);
    return got;
  }
};

template <>
struct tridem::codec<tridem::test::farewell> {
  static void write(message_writer& out, const tridem::test::farewell& sent) {
    encode(out, sent.what());
  }
  static tridem::test::farewell read(message_reader& in) {
    return tridem::test::farewell(decode<tridem::test::deed>(in));
  }
};
