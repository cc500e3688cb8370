// SPDX-License-Identifier: MIT
// Walking: everything once, in order where asked for, errors as entries.
#include "tests/support/async_test.hpp"
#include "tests/support/temporary_directory.hpp"

#include <tridem/io/file.hpp>
#include <tridem/io/walk.hpp>
#include <tridem/runtime/with_cancel_scope.hpp>

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

using namespace tridem;
using tridem::test::temporary_directory;
namespace fs = std::filesystem;

namespace {

task<std::vector<walk_entry>> collect(std::string root, bool sorted) {
  tree_walk all = walk(std::move(root), {.sorted = sorted});
  std::vector<walk_entry> entries;
  for (;;) {
    std::optional<walk_entry> entry = co_await all.next();
    if (!entry) co_return entries;
    entries.push_back(*std::move(entry));
  }
}

std::vector<std::string> paths_of_files(const std::vector<walk_entry>& entries) {
  std::vector<std::string> paths;
  for (const walk_entry& entry : entries) {
    if (entry.type == file_type::regular) paths.push_back(entry.path);
  }
  return paths;
}

void touch(const std::string& path) {
  fs::create_directories(fs::path(path).parent_path());
  REQUIRE(::mknod(path.c_str(), S_IFREG | 0600, 0) == 0);
}

// Names chosen so that the order of paths is not the order of names in each directory.
void grow(const temporary_directory& place) {
  for (const char* name : {"a/b", "a.txt", "a!", "a/b c", "ab", "b/c/d/e", "b/c/d.e", "b/c-",
                           "z\n1", "z\xff", "\xc3\xa4", "A/1", "A/10", "A/2", "A0"}) {
    touch(place / name);
  }
  fs::create_directories(place / "empty");
  for (int i = 0; i < 3000; ++i) touch(place / ("many/" + std::to_string(i)));
}

}  // namespace

TRIDEM_TEST("a walk gives everything exactly once") {
  const temporary_directory place;
  grow(place);
  std::vector<std::string> expected{place.path()};
  for (const auto& entry : fs::recursive_directory_iterator(place.path())) {
    expected.push_back(entry.path().string());
  }
  std::ranges::sort(expected);
  for (const bool sorted : {false, true}) {
    const std::vector<walk_entry> entries = co_await collect(place.path(), sorted);
    std::vector<std::string> paths;
    bool right_types = true;
    for (const walk_entry& entry : entries) {
      paths.push_back(entry.path);
      right_types &= fs::is_directory(entry.path) == (entry.type == file_type::directory);
      right_types &= !entry.error;
    }
    std::ranges::sort(paths);
    CHECK(paths == expected);
    CHECK(right_types);
  }
}

TRIDEM_TEST("a sorted walk gives files in the byte order of their paths") {
  const temporary_directory place;
  grow(place);
  const std::vector<walk_entry> entries = co_await collect(place.path(), true);
  const std::vector<std::string> paths = paths_of_files(entries);
  CHECK(paths.size() == 3015);
  CHECK(std::ranges::is_sorted(paths));
}

TRIDEM_TEST("a directory comes before what is in it") {
  const temporary_directory place;
  grow(place);
  for (const bool sorted : {false, true}) {
    std::map<std::string, bool> seen;
    bool in_order = true;
    const std::vector<walk_entry> entries = co_await collect(place.path(), sorted);
    for (const walk_entry& entry : entries) {
      const std::string parent = entry.path.substr(0, entry.path.rfind('/'));
      in_order &= entry.path == place.path() || seen[parent];
      if (entry.type == file_type::directory) seen[entry.path] = true;
    }
    CHECK(in_order);
  }
}

TRIDEM_TEST("symbolic links are given and not followed, nor are other special files") {
  const temporary_directory place;
  touch(place / "dir/inside");
  REQUIRE(::symlink("dir", (place / "link").c_str()) == 0);
  REQUIRE(::symlink("nowhere", (place / "dangling").c_str()) == 0);
  REQUIRE(::symlink("..", (place / "dir/up").c_str()) == 0);
  REQUIRE(::mkfifo((place / "fifo").c_str(), 0600) == 0);
  std::map<std::string, file_type> types;
  const std::vector<walk_entry> entries = co_await collect(place.path(), true);
  for (const walk_entry& entry : entries) types[entry.path] = entry.type;
  CHECK(types.size() == 7);
  CHECK(types[place / "link"] == file_type::symlink);
  CHECK(types[place / "dangling"] == file_type::symlink);
  CHECK(types[place / "dir/up"] == file_type::symlink);
  CHECK(types[place / "fifo"] == file_type::fifo);
  CHECK(types[place / "dir/inside"] == file_type::regular);

  const std::vector<walk_entry> of_link = co_await collect(place / "link", true);
  REQUIRE(of_link.size() == 1);
  CHECK(of_link[0].type == file_type::symlink);
}

TRIDEM_TEST("the root may be a file, or missing") {
  const temporary_directory place;
  touch(place / "file");
  const std::vector<walk_entry> file = co_await collect(place / "file", false);
  REQUIRE(file.size() == 1);
  CHECK(file[0].type == file_type::regular);
  const std::vector<walk_entry> missing = co_await collect(place / "missing", true);
  REQUIRE(missing.size() == 1);
  CHECK(missing[0].error == std::errc::no_such_file_or_directory);
}

TRIDEM_TEST("a directory that cannot be entered is an entry with an error, and the walk goes on") {
  const temporary_directory place;
  // A path of more than PATH_MAX bytes: nobody can open it by name, not even root.
  const std::string name(250, 'd');
  REQUIRE(::chdir(place.path().c_str()) == 0);
  for (int i = 0; i < 20; ++i) {
    REQUIRE(::mkdir(name.c_str(), 0700) == 0);
    REQUIRE(::chdir(name.c_str()) == 0);
  }
  REQUIRE(::chdir("/") == 0);
  touch(place / "last");
  for (const bool sorted : {false, true}) {
    const std::vector<walk_entry> entries = co_await collect(place.path(), sorted);
    const auto broken = std::ranges::count_if(
        entries, [](const walk_entry& entry) { return static_cast<bool>(entry.error); });
    CHECK(broken == 1);
    const std::vector<std::string> files = paths_of_files(entries);
    CHECK(files == std::vector<std::string>{place / "last"});
  }
}

TRIDEM_TEST("a walk that was cancelled goes on where it stood") {
  const temporary_directory place;
  grow(place);
  tree_walk all = walk(place.path(), {.sorted = true});
  std::vector<walk_entry> entries;
  for (int i = 0;; ++i) {
    bool ended = false;
    co_await with_cancel_scope([&](cancel_scope& scope) -> task<> {
      if (i % 3 == 0) scope.cancel();
      std::optional<walk_entry> entry = co_await all.next();
      ended = !entry;
      if (entry) entries.push_back(*std::move(entry));
    });
    if (ended) break;
  }
  CHECK(paths_of_files(entries).size() == 3015);
}

TRIDEM_TEST("whoever reads the directories, a walk gives the same") {
  const temporary_directory place;
  grow(place);
  std::vector<std::vector<std::string>> seen;
  for (const directory_reader reader :
       {directory_reader::automatic, directory_reader::loop, directory_reader::thread}) {
    for (const bool sorted : {true, false}) {
      walk_options options;
      options.sorted = sorted;
      options.reader = reader;
      tree_walk all = walk(place.path(), options);
      std::vector<std::string> paths;
      for (;;) {
        std::optional<walk_entry> entry = co_await all.next();
        if (!entry) break;
        CHECK(!entry->error);
        paths.push_back(std::move(entry->path));
      }
      std::ranges::sort(paths);
      seen.push_back(std::move(paths));
    }
  }
  for (const auto& paths : seen) CHECK(paths == seen.front());
}

TEST_CASE("only file systems that need nobody else are read on the loop") {
  const auto table = detail::mount_table::parse(
      "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda1 rw\n"
      "23 22 0:21 / /proc rw - proc proc rw\n"
      "40 22 0:40 / /home rw,relatime - nfs4 server:/home rw,vers=4.2\n"
      "41 22 0:41 / /mnt rw master:2 - fuse.sshfs host:/ rw\n"
      "42 22 0:42 / /odd\\040name rw - tmpfs tmpfs rw\n"
      "torn line without an end");
  CHECK(table.is_local_mount(22));
  CHECK(table.is_local_mount(23));
  CHECK(!table.is_local_mount(40));
  CHECK(!table.is_local_mount(41));
  CHECK(table.is_local_mount(42));
  CHECK(!table.is_local_mount(43));
  CHECK(!detail::mount_table().is_local(0));
}
