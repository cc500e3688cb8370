// SPDX-License-Identifier: MIT
// Names: renamed, removed, made, and what is refused.
#include "tests/support/async_test.hpp"
#include "tests/support/expect_failure.hpp"
#include "tests/support/temporary_directory.hpp"

#include <tridem/io/file.hpp>
#include <tridem/io/paths.hpp>

#include <filesystem>
#include <string>
#include <system_error>

using namespace tridem;
using tridem::test::temporary_directory;
using tridem::test::text_of;
namespace fs = std::filesystem;

TRIDEM_TEST("paths: a file gets another name, over an old one only when that is wanted") {
  const temporary_directory place;
  co_await write_file(place / "a", "a");
  co_await write_file(place / "b", "b");
  const std::string text =
      co_await text_of<std::system_error>(rename_file(place / "a", place / "b", if_exists::fail));
  CHECK(text.find("rename '" + (place / "a")) != std::string::npos);
  CHECK(text.find("to '" + (place / "b")) != std::string::npos);
  co_await rename_file(place / "a", place / "b");
  CHECK(!fs::exists(place / "a"));
  const std::string now = co_await read_file(place / "b");
  CHECK(now == "a");
  co_await rename_file(place / "b", place / "c", if_exists::fail);
  CHECK(fs::exists(place / "c"));
}

TRIDEM_TEST("paths: two names of one file, and none") {
  const temporary_directory place;
  co_await write_file(place / "first", "same");
  co_await link_file(place / "first", place / "second");
  const file_status status = co_await status_of(place / "second");
  CHECK(status.links == 2);
  co_await remove_file(place / "first");
  const std::string kept = co_await read_file(place / "second");
  CHECK(kept == "same");
  co_await remove_file(place / "second");
  const std::string text = co_await text_of<std::system_error>(remove_file(place / "second"));
  CHECK(text.find("unlink '" + (place / "second")) != std::string::npos);
  CHECK(text.find("No such file") != std::string::npos);
}

TRIDEM_TEST("paths: directories are made and removed, empty ones only") {
  const temporary_directory place;
  co_await make_directory(place / "d", 0700);
  CHECK(fs::is_directory(place / "d"));
  const auto again = co_await as_result(make_directory(place / "d"));
  CHECK(!again.has_value());
  co_await write_file(place / "d/file", "x");
  const auto full = co_await as_result(remove_directory(place / "d"));
  CHECK(!full.has_value());
  const auto wrong = co_await as_result(remove_file(place / "d"));
  CHECK(!wrong.has_value());
  co_await remove_file(place / "d/file");
  co_await remove_directory(place / "d");
  CHECK(!fs::exists(place / "d"));
}
