// SPDX-License-Identifier: MIT
// What the Asio driver does at once, and what it leaves to a thread.
#ifdef TRIDEM_HAS_ASIO
#include "io/asio/transfer.hpp"
#include "tests/support/async_test.hpp"
#include "tests/support/temporary_directory.hpp"

#include <tridem/io/aligned_buffer.hpp>
#include <tridem/io/file.hpp>

using namespace tridem;
using tridem::detail::next_step;

TRIDEM_TEST("a read past the page cache is left to a thread, for it waits for the disk") {
  const test::temporary_directory place;
  const std::string path = place / "file";
  co_await write_file(path, std::string(8192, 'x'));
  aligned_buffer into(4096);

  file cached = co_await file::open(path);
  read_operation at_once(cached.native_handle(), into, 4096);
  CHECK(detail::read_now(at_once) == next_step::done);
  CHECK(at_once.result == 4096);

  auto direct = co_await as_result(file::open(path, open_flags::read | open_flags::direct));
  if (!direct) {
    MESSAGE("left out: this file system knows no O_DIRECT");
    co_return;
  }
  read_operation later(direct->native_handle(), into, 4096);
  CHECK(detail::read_now(later) == next_step::offload);
  const std::size_t count = co_await direct->read_at(into, 4096);
  CHECK(count == 4096);
}
#endif
