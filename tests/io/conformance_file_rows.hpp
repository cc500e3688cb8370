// SPDX-License-Identifier: MIT
// The rows of pipes, files and names.
#pragma once

#include "tests/io/conformance_rows.hpp"

namespace tridem::test {

inline std::vector<conformance_row> transfer_rows() {
  using w = conformance_world&;
  const auto arrives = [](w world) { send_text(world.pipe.second, "four"); };
  const auto gets_room = [](w world) { drain(world.full_pipe.first); };
  return {
      {op_kind::read,
       [](w world) { return make_operation<read_operation>(world.file.get(), world.four(), 0); },
       [](w world) {
         return make_operation<read_operation>(world.opened_directory.get(), world.four(), 0);
       },
       [](w world) { return make_operation<read_operation>(world.pipe.first.get(), world.four()); },
       arrives},
      {op_kind::write,
       [](w world) { return make_operation<write_operation>(world.file.get(), world.four(), 0); },
       [](w world) {
         world.pipe.first.reset();
         return make_operation<write_operation>(world.pipe.second.get(), world.four());
       },
       [](w world) {
         return make_operation<write_operation>(world.full_pipe.second.get(), world.four());
       },
       gets_room},
      {op_kind::readv,
       [](w world) {
         return make_operation<readv_operation>(world.file.get(), &world.part, 1U, 0);
       },
       [](w world) {
         return make_operation<readv_operation>(world.opened_directory.get(), &world.part, 1U, 0);
       },
       [](w world) {
         return make_operation<readv_operation>(world.pipe.first.get(), &world.part, 1U);
       },
       arrives},
      {op_kind::writev,
       [](w world) {
         return make_operation<writev_operation>(world.file.get(), &world.part, 1U, 0);
       },
       [](w world) {
         world.pipe.first.reset();
         return make_operation<writev_operation>(world.pipe.second.get(), &world.part, 1U);
       },
       [](w world) {
         return make_operation<writev_operation>(world.full_pipe.second.get(), &world.part, 1U);
       },
       gets_room},
      {op_kind::poll,
       [](w world) { return make_operation<poll_operation>(world.sockets.first.get(), POLLOUT); },
       [](w) { return make_operation<poll_operation>(-1, POLLIN); },
       [](w world) { return make_operation<poll_operation>(world.pipe.first.get(), POLLIN); },
       arrives},
      {op_kind::wait_doorbell,
       [](w world) {
         return make_operation<wait_doorbell_operation>(&world.word, 6U, world.bell.get());
       },
       nullptr,
       [](w world) {
         return make_operation<wait_doorbell_operation>(&world.word, 7U, world.bell.get());
       },
       [](w world) { world.ring_the_bell(); }},
      {op_kind::nop, [](w) { return make_operation<nop_operation>(); }, nullptr},
  };
}

inline std::vector<conformance_row> file_rows() {
  using w = conformance_world&;
  const auto name = [](const std::string& path) { return path.c_str(); };
  return {
      {op_kind::open,
       [=](w world) {
         return make_operation<open_operation>(AT_FDCWD, name(world.old_name), O_RDONLY);
       },
       [=](w world) {
         return make_operation<open_operation>(AT_FDCWD, name(world.missing), O_RDONLY);
       }},
      {op_kind::close,
       [](w world) {
         world.to_close = world.file.release();
         return make_operation<close_operation>(world.to_close);
       },
       [](w) { return make_operation<close_operation>(9'999); }},
      {op_kind::fsync, [](w world) { return make_operation<fsync_operation>(world.file.get()); },
       [](w world) { return make_operation<fsync_operation>(world.pipe.first.get()); }},
      {op_kind::stat,
       [=](w world) {
         return make_operation<stat_operation>(AT_FDCWD, name(world.old_name), 0,
                                               unsigned{STATX_SIZE}, &world.about);
       },
       [=](w world) {
         return make_operation<stat_operation>(AT_FDCWD, name(world.missing), 0,
                                               unsigned{STATX_SIZE}, &world.about);
       }},
      {op_kind::allocate,
       [](w world) { return make_operation<allocate_operation>(world.file.get(), 0, 0U, 4096U); },
       [](w world) {
         return make_operation<allocate_operation>(world.pipe.second.get(), 0, 0U, 4096U);
       }},
      {op_kind::truncate,
       [](w world) { return make_operation<truncate_operation>(world.file.get(), 3U); },
       [](w world) { return make_operation<truncate_operation>(world.pipe.second.get(), 3U); }},
      {op_kind::read_directory,
       [](w world) {
         return make_operation<read_directory_operation>(world.opened_directory.get(),
                                                         as_writable_bytes(world.room));
       },
       [](w world) {
         return make_operation<read_directory_operation>(world.file.get(),
                                                         as_writable_bytes(world.room));
       }},
  };
}

inline std::vector<conformance_row> name_rows() {
  using w = conformance_world&;
  const auto name = [](const std::string& path) { return path.c_str(); };
  return {
      {op_kind::unlink,
       [=](w world) { return make_operation<unlink_operation>(AT_FDCWD, name(world.old_name)); },
       [=](w world) { return make_operation<unlink_operation>(AT_FDCWD, name(world.missing)); }},
      {op_kind::rename,
       [=](w world) {
         return make_operation<rename_operation>(AT_FDCWD, name(world.old_name), AT_FDCWD,
                                                 name(world.new_name));
       },
       [=](w world) {
         return make_operation<rename_operation>(AT_FDCWD, name(world.missing), AT_FDCWD,
                                                 name(world.new_name));
       }},
      {op_kind::mkdir,
       [=](w world) {
         return make_operation<mkdir_operation>(AT_FDCWD, name(world.new_name), 0700U);
       },
       [=](w world) {
         return make_operation<mkdir_operation>(AT_FDCWD, name(world.old_name), 0700U);
       }},
      {op_kind::link,
       [=](w world) {
         return make_operation<link_operation>(AT_FDCWD, name(world.old_name), AT_FDCWD,
                                               name(world.new_name));
       },
       [=](w world) {
         return make_operation<link_operation>(AT_FDCWD, name(world.old_name), AT_FDCWD,
                                               name(world.old_name));
       }},
  };
}

}  // namespace tridem::test
