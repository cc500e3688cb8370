// SPDX-License-Identifier: MIT
// What the system knows about files.
#include "tests/support/async_test.hpp"
#include "tests/support/temporary_directory.hpp"

#include <tridem/io/file.hpp>
#include <tridem/io/file_status.hpp>

#include <chrono>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

using namespace tridem;
using tridem::test::temporary_directory;

TRIDEM_TEST("the status of a file, by path and by the open file") {
  const temporary_directory place;
  const std::string path = place / "file";
  write_options options;
  options.mode = 0640;
  co_await write_file(path, "12345", options);
  struct ::stat native{};
  REQUIRE(::stat(path.c_str(), &native) == 0);
  file open = co_await file::open(path);
  const file_status by_path = co_await status_of(path);
  const file_status by_file = co_await open.status();
  for (const file_status* status : {&by_path, &by_file}) {
    CHECK(status->type == file_type::regular);
    CHECK(status->size == 5);
    CHECK(status->permissions == (native.st_mode & 07777));
    CHECK(status->inode == native.st_ino);
    CHECK(status->device == native.st_dev);
    CHECK(status->links == 1);
    CHECK(status->owner == native.st_uid);
    CHECK(status->modified.time_since_epoch() ==
          std::chrono::seconds(native.st_mtim.tv_sec) +
              std::chrono::nanoseconds(native.st_mtim.tv_nsec));
  }
}

TRIDEM_TEST("types, and links followed or kept") {
  const temporary_directory place;
  const std::string link = place / "link";
  REQUIRE(::symlink(place.path().c_str(), link.c_str()) == 0);
  const file_status followed = co_await status_of(link);
  CHECK(followed.type == file_type::directory);
  const file_status kept = co_await status_of(link, symlinks::keep);
  CHECK(kept.type == file_type::symlink);
  const file_status null = co_await status_of("/dev/null");
  CHECK(null.type == file_type::character_device);
  CHECK(std::string(name_of(null.type)) == "character device");
}

TRIDEM_TEST("what is not there is an error that names it") {
  std::string text;
  try {
    static_cast<void>(co_await status_of("/no/such/file"));
  } catch (const std::system_error& error) {
    text = error.what();
  }
  CHECK(text.find("/no/such/file") != std::string::npos);
}
