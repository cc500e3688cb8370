// SPDX-License-Identifier: MIT
// What each operation may be asked for in vain, besides what its row has: every driver must give
// the same code for the same thing.
#pragma once

#include "tests/io/conformance_rows.hpp"

#include <linux/fs.h>

namespace tridem::test {

/// One thing that cannot be done.
struct conformance_failure {
  op_kind kind;
  conformance_row::maker make;
};

/// A descriptor of the wrong sort, or none.
inline std::vector<conformance_failure> failures_of_descriptors() {
  using w = conformance_world&;
  static constexpr int none = -1;
  return {
      {op_kind::accept, [](w s) { return make_operation<accept_operation>(s.file.get()); }},
      {op_kind::accept, [](w) { return make_operation<accept_operation>(none); }},
      {op_kind::connect,
       [](w s) {
         return make_operation<connect_operation>(s.file.get(), s.at.as_sockaddr(),
                                                  std::uint32_t{sizeof s.at.address});
       }},
      {op_kind::connect,
       [](w s) {
         return make_operation<connect_operation>(none, s.at.as_sockaddr(),
                                                  std::uint32_t{sizeof s.at.address});
       }},
      {op_kind::recv, [](w s) { return make_operation<recv_operation>(s.file.get(), s.four()); }},
      {op_kind::recv, [](w s) { return make_operation<recv_operation>(none, s.four()); }},
      {op_kind::receive, [](w s) { return make_operation<receive_operation>(s.file.get()); }},
      {op_kind::receive, [](w) { return make_operation<receive_operation>(none); }},
      {op_kind::send, [](w s) { return make_operation<send_operation>(s.file.get(), s.four()); }},
      {op_kind::send, [](w s) { return make_operation<send_operation>(none, s.four()); }},
      {op_kind::recvmsg,
       [](w s) { return make_operation<recvmsg_operation>(s.file.get(), &s.message); }},
      {op_kind::recvmsg, [](w s) { return make_operation<recvmsg_operation>(none, &s.message); }},
      {op_kind::sendmsg,
       [](w s) { return make_operation<sendmsg_operation>(s.file.get(), &s.message); }},
      {op_kind::sendmsg, [](w s) { return make_operation<sendmsg_operation>(none, &s.message); }},
      {op_kind::read,
       [](w s) { return make_operation<read_operation>(s.pipe.second.get(), s.four()); }},
      {op_kind::write,
       [](w s) { return make_operation<write_operation>(s.pipe.first.get(), s.four()); }},
      {op_kind::readv,
       [](w s) { return make_operation<readv_operation>(s.pipe.second.get(), &s.part, 1U); }},
      {op_kind::writev,
       [](w s) { return make_operation<writev_operation>(s.pipe.first.get(), &s.part, 1U); }},
      {op_kind::fsync, [](w) { return make_operation<fsync_operation>(none); }},
      {op_kind::shutdown, [](w s) { return make_operation<shutdown_operation>(s.file.get(), 1); }},
      {op_kind::shutdown, [](w) { return make_operation<shutdown_operation>(none, 1); }},
      {op_kind::allocate, [](w) { return make_operation<allocate_operation>(none, 0, 0U, 4096U); }},
      {op_kind::truncate, [](w) { return make_operation<truncate_operation>(none, 3U); }},
      {op_kind::read_directory,
       [](w s) {
         return make_operation<read_directory_operation>(none, as_writable_bytes(s.room));
       }},
  };
}

/// A place that is none, or is full.
inline std::vector<conformance_failure> failures_of_places() {
  using w = conformance_world&;
  const auto open_full = [](w s) { s.other = own(::open("/dev/full", O_WRONLY | O_CLOEXEC)); };
  return {
      {op_kind::read,
       [](w s) { return make_operation<read_operation>(s.file.get(), s.four(), INT64_MIN); }},
      {op_kind::readv,
       [](w s) { return make_operation<readv_operation>(s.file.get(), &s.part, 1U, INT64_MIN); }},
      {op_kind::write,
       [](w s) { return make_operation<write_operation>(s.file.get(), s.four(), INT64_MIN); }},
      {op_kind::write,
       [=](w s) {
         open_full(s);
         return make_operation<write_operation>(s.other.get(), s.four());
       }},
      {op_kind::writev,
       [](w s) { return make_operation<writev_operation>(s.file.get(), &s.part, 1U, INT64_MIN); }},
      {op_kind::writev,
       [=](w s) {
         open_full(s);
         return make_operation<writev_operation>(s.other.get(), &s.part, 1U);
       }},
      {op_kind::allocate,
       [](w s) { return make_operation<allocate_operation>(s.file.get(), 0, 0U, 0U); }},
      {op_kind::truncate,
       [](w s) { return make_operation<truncate_operation>(s.opened_directory.get(), 3U); }},
      {op_kind::read_directory,
       [](w s) {
         return make_operation<read_directory_operation>(s.opened_directory.get(), s.four());
       }},
  };
}

/// A name that is taken, or means something else.
inline std::vector<conformance_failure> failures_of_names() {
  using w = conformance_world&;
  const auto opened = [](const std::string& path, int flags) {
    return make_operation<open_operation>(AT_FDCWD, path.c_str(), flags, 0600U);
  };
  return {
      {op_kind::open, [=](w s) { return opened(s.old_name, O_CREAT | O_EXCL | O_WRONLY); }},
      {op_kind::open, [=](w s) { return opened(s.directory.path, O_WRONLY); }},
      {op_kind::open, [=](w s) { return opened(s.below_a_file, O_RDONLY); }},
      {op_kind::open,
       [=](w s) {
         REQUIRE(::symlink(s.old_name.c_str(), s.new_name.c_str()) == 0);
         return opened(s.new_name, O_RDONLY | O_NOFOLLOW);
       }},
      {op_kind::open,
       [=](w s) {
         REQUIRE(::mkfifo(s.new_name.c_str(), 0600) == 0);
         return opened(s.new_name, O_WRONLY | O_NONBLOCK);
       }},
      {op_kind::stat,
       [](w s) {
         return make_operation<stat_operation>(AT_FDCWD, s.below_a_file.c_str(), 0,
                                               unsigned{STATX_SIZE}, &s.about);
       }},
      {op_kind::unlink,
       [](w s) { return make_operation<unlink_operation>(AT_FDCWD, s.directory.path.c_str()); }},
      {op_kind::unlink,
       [](w s) {
         return make_operation<unlink_operation>(AT_FDCWD, s.directory.path.c_str(), AT_REMOVEDIR);
       }},
      {op_kind::unlink,
       [](w s) {
         return make_operation<unlink_operation>(AT_FDCWD, s.old_name.c_str(), AT_REMOVEDIR);
       }},
      {op_kind::rename,
       [](w s) {
         return make_operation<rename_operation>(AT_FDCWD, s.old_name.c_str(), AT_FDCWD,
                                                 s.old_name.c_str(), unsigned{RENAME_NOREPLACE});
       }},
      {op_kind::rename,
       [](w s) {
         return make_operation<rename_operation>(AT_FDCWD, s.old_name.c_str(), AT_FDCWD,
                                                 s.directory.path.c_str());
       }},
      {op_kind::rename,
       [](w s) {
         return make_operation<rename_operation>(AT_FDCWD, s.old_name.c_str(), AT_FDCWD,
                                                 "/proc/self/comm");
       }},
      {op_kind::mkdir,
       [](w s) {
         return make_operation<mkdir_operation>(AT_FDCWD, s.below_missing.c_str(), 0700U);
       }},
      {op_kind::mkdir,
       [](w s) {
         return make_operation<mkdir_operation>(AT_FDCWD, s.below_a_file.c_str(), 0700U);
       }},
      {op_kind::link,
       [](w s) {
         return make_operation<link_operation>(AT_FDCWD, s.missing.c_str(), AT_FDCWD,
                                               s.new_name.c_str());
       }},
      {op_kind::link,
       [](w s) {
         return make_operation<link_operation>(AT_FDCWD, s.directory.path.c_str(), AT_FDCWD,
                                               s.new_name.c_str());
       }},
  };
}

}  // namespace tridem::test
