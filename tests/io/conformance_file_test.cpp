// SPDX-License-Identifier: MIT
// What a driver is, third part: files, pipes and the names in a directory.
#include "tests/support/drivers.hpp"
#include "tests/support/raw_descriptors.hpp"

#include <tridem/io/operations.hpp>

#include <cerrno>
#include <csignal>
#include <limits.h>
#include <string>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/uio.h>

namespace tridem::test {
namespace {

TEST_CASE("conformance: reads and writes at an offset leave the position alone") {
  for_each_driver([](raw_driver& io) {
    const descriptor file = make_file("0123456789");
    std::string text(4, '\0');
    read_operation at(file.get(), as_writable_bytes(text), 3);
    CHECK(io.run(at) == 4);
    CHECK(text == "3456");
    read_operation here(file.get(), as_writable_bytes(text));
    CHECK(io.run(here) == 4);
    CHECK(text == "0123");
    read_operation further(file.get(), as_writable_bytes(text));
    CHECK(io.run(further) == 4);
    CHECK(text == "4567");
    write_operation over(file.get(), as_bytes("AB"), 0);
    CHECK(io.run(over) == 2);
    write_operation on(file.get(), as_bytes("YZ"));
    CHECK(io.run(on) == 2);
    std::string all(20, '\0');
    read_operation whole(file.get(), as_writable_bytes(all), 0);
    CHECK(io.run(whole) == 10);
    CHECK(all.substr(0, 10) == "AB234567YZ");
  });
}

TEST_CASE("conformance: at or behind the end of a file a read is zero") {
  for_each_driver([](raw_driver& io) {
    const descriptor file = make_file("abc");
    std::string text(4, '\0');
    read_operation end(file.get(), as_writable_bytes(text), 3);
    CHECK(io.run(end) == 0);
    read_operation behind(file.get(), as_writable_bytes(text), 1 << 20);
    CHECK(io.run(behind) == 0);
    read_operation nothing(file.get(), mutable_buffer{}, 0);
    CHECK(io.run(nothing) == 0);
    write_operation none(file.get(), const_buffer{}, 0);
    CHECK(io.run(none) == 0);
  });
}

TEST_CASE("conformance: scattered reads and gathered writes") {
  for_each_driver([](raw_driver& io) {
    const descriptor file = make_file();
    iovec out[2] = {{const_cast<char*>("hello "), 6}, {const_cast<char*>("world"), 5}};
    writev_operation gathered(file.get(), out, 2, 0);
    CHECK(io.run(gathered) == 11);
    char first[3];
    char second[20];
    iovec in[2] = {{first, sizeof first}, {second, sizeof second}};
    readv_operation scattered(file.get(), in, 2, 0);
    CHECK(io.run(scattered) == 11);
    CHECK(std::string(first, 3) == "hel");
    CHECK(std::string(second, 8) == "lo world");
  });
}

TEST_CASE("conformance: what a file refuses is said so") {
  for_each_driver([](raw_driver& io) {
    std::string text(4, '\0');
    read_operation none(-1, as_writable_bytes(text), 0);
    CHECK(io.run(none) == -EBADF);
    const temporary_directory directory;
    const descriptor as_file = own(::open(directory.path.c_str(), O_RDONLY | O_CLOEXEC));
    read_operation in_directory(as_file.get(), as_writable_bytes(text), 0);
    CHECK(io.run(in_directory) == -EISDIR);
    write_operation read_only(as_file.get(), as_bytes("x"), 0);
    CHECK(io.run(read_only) == -EBADF);
    fsync_operation closed(9999);
    CHECK(io.run(closed) == -EBADF);
    const descriptor_pair ends = make_pipe();
    fsync_operation no_file(ends.second.get());
    CHECK(io.run(no_file) == -EINVAL);
    close_operation not_open(9999);
    CHECK(io.run(not_open) == -EBADF);
  });
}

TEST_CASE(
    "conformance: make, open, write, sync, stat, rename, unlink, and the same again: ENOENT") {
  for_each_driver([](raw_driver& io) {
    const temporary_directory directory;
    const std::string name = directory / "name";
    const std::string other = directory / "other";
    open_operation missing(AT_FDCWD, name.c_str(), O_RDONLY);
    CHECK(io.run(missing) == -ENOENT);
    open_operation making(AT_FDCWD, name.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600);
    CHECK(io.run(making) >= 0);
    descriptor file = making.take_value();
    CHECK((::fcntl(file.get(), F_GETFD) & FD_CLOEXEC) != 0);
    open_operation again(AT_FDCWD, name.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600);
    CHECK(io.run(again) == -EEXIST);
    write_operation out(file.get(), as_bytes("contents"), 0);
    CHECK(io.run(out) == 8);
    fsync_operation sync(file.get());
    CHECK(io.run(sync) == 0);
    fsync_operation data_sync(file.get(), true);
    CHECK(io.run(data_sync) == 0);
    struct statx about{};
    stat_operation by_name(AT_FDCWD, name.c_str(), 0, STATX_SIZE, &about);
    CHECK(io.run(by_name) == 0);
    CHECK(about.stx_size == 8);
    about = {};
    stat_operation by_descriptor(file.get(), "", AT_EMPTY_PATH, STATX_SIZE | STATX_MODE, &about);
    CHECK(io.run(by_descriptor) == 0);
    CHECK(about.stx_size == 8);
    CHECK(about.stx_mode == (S_IFREG | 0600));
    rename_operation renaming(AT_FDCWD, name.c_str(), AT_FDCWD, other.c_str());
    CHECK(io.run(renaming) == 0);
    stat_operation gone(AT_FDCWD, name.c_str(), 0, STATX_SIZE, &about);
    CHECK(io.run(gone) == -ENOENT);
    unlink_operation removing(AT_FDCWD, other.c_str());
    CHECK(io.run(removing) == 0);
    unlink_operation removed(AT_FDCWD, other.c_str());
    CHECK(io.run(removed) == -ENOENT);
    close_operation closing(file.release());
    CHECK(io.run(closing) == 0);
  });
}

TEST_CASE("conformance: directories are made and removed, relative to another one too") {
  for_each_driver([](raw_driver& io) {
    const temporary_directory directory;
    const descriptor parent =
        own(::open(directory.path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    mkdir_operation making(parent.get(), "inner", 0700);
    CHECK(io.run(making) == 0);
    mkdir_operation again(parent.get(), "inner", 0700);
    CHECK(io.run(again) == -EEXIST);
    unlink_operation as_file(parent.get(), "inner");
    CHECK(io.run(as_file) == -EISDIR);
    unlink_operation removing(parent.get(), "inner", AT_REMOVEDIR);
    CHECK(io.run(removing) == 0);
    rename_operation missing(parent.get(), "inner", parent.get(), "outer");
    CHECK(io.run(missing) == -ENOENT);
  });
}

TEST_CASE("conformance: a pipe waits, delivers, ends; in blocking mode too, at any offset") {
  for_each_driver([](raw_driver& io) {
    for (const mode how : {mode::non_blocking, mode::blocking}) {
      descriptor_pair ends = make_pipe(how);
      std::string text(10, '\0');
      read_operation in(ends.first.get(), as_writable_bytes(text));
      io.start_waiting(in);
      write_operation out(ends.second.get(), as_bytes("pipe"));
      CHECK(io.run(out) == 4);
      CHECK(io.finish(in) == 4);
      CHECK(text.substr(0, 4) == "pipe");
      write_operation placed(ends.second.get(), as_bytes("p"), 0);
      CHECK(io.run(placed) == 1);
      read_operation placed_in(ends.first.get(), as_writable_bytes(text), 0);
      CHECK(io.run(placed_in) == 1);
      read_operation last(ends.first.get(), as_writable_bytes(text));
      io.start_waiting(last);
      ends.second.reset();
      CHECK(io.finish(last) == 0);
    }
  });
}

TEST_CASE("conformance: a write waits while the pipe is full, in blocking mode too") {
  for_each_driver([](raw_driver& io) {
    for (const mode how : {mode::non_blocking, mode::blocking}) {
      const descriptor_pair ends = make_pipe(how);
      const std::size_t before = fill(ends.second);
      const std::string more(3 * PIPE_BUF, 'm');
      write_operation out(ends.second.get(), as_bytes(more));
      io.start_waiting(out);
      CHECK(drain(ends.first).size() == before);
      const std::int32_t count = io.finish(out);
      CHECK(count > 0);
      CHECK(drain(ends.first).size() == static_cast<std::size_t>(count));
    }
  });
}

std::sig_atomic_t volatile signals_seen = 0;

TEST_CASE("conformance: a pipe that nobody reads is EPIPE, and no signal") {
  struct sigaction before{};
  struct sigaction counting{};
  counting.sa_handler = [](int) { signals_seen = signals_seen + 1; };
  ::sigaction(SIGPIPE, &counting, &before);
  signals_seen = 0;
  for_each_driver([](raw_driver& io) {
    descriptor_pair ends = make_pipe();
    ends.first.reset();
    for (int round = 0; round < 3; ++round) {
      write_operation out(ends.second.get(), as_bytes("x"));
      CHECK(io.run(out) == -EPIPE);
      iovec part{const_cast<char*>("x"), 1};
      writev_operation gathered(ends.second.get(), &part, 1);
      CHECK(io.run(gathered) == -EPIPE);
    }
  });
  CHECK(signals_seen == 0);
  ::raise(SIGPIPE);
  CHECK(signals_seen == 1);
  ::sigaction(SIGPIPE, &before, nullptr);
}

TEST_CASE("conformance: a reader that leaves while a write waits is EPIPE") {
  for_each_driver([](raw_driver& io) {
    descriptor_pair ends = make_pipe();
    fill(ends.second);
    write_operation out(ends.second.get(), as_bytes("x"));
    io.start_waiting(out);
    ends.first.reset();
    CHECK(io.finish(out) == -EPIPE);
  });
}

TEST_CASE("conformance: an eventfd is read when it was rung, in either mode") {
  for_each_driver([](raw_driver& io) {
    for (const int flags : {int{EFD_CLOEXEC} | int{EFD_NONBLOCK}, int{EFD_CLOEXEC}}) {
      const descriptor bell = own(::eventfd(0, flags));
      std::uint64_t count = 0;
      read_operation in(bell.get(), std::as_writable_bytes(std::span{&count, 1}));
      io.start_waiting(in);
      const std::uint64_t three = 3;
      write_operation ring(bell.get(), std::as_bytes(std::span{&three, 1}));
      CHECK(io.run(ring) == 8);
      CHECK(io.finish(in) == 8);
      CHECK(count == 3);
    }
  });
}

TEST_CASE("conformance: a device that no reactor can watch") {
  for_each_driver([](raw_driver& io) {
    const descriptor null = own(::open("/dev/null", O_RDWR | O_CLOEXEC));
    std::string text(4, 'x');
    read_operation in(null.get(), as_writable_bytes(text));
    CHECK(io.run(in) == 0);
    write_operation out(null.get(), as_bytes("abc"));
    CHECK(io.run(out) == 3);
    const descriptor info = own(::open("/proc/self/comm", O_RDONLY | O_CLOEXEC));
    read_operation from_proc(info.get(), as_writable_bytes(text), 0);
    CHECK(io.run(from_proc) == 4);
  });
}

TEST_CASE("conformance: many reads of one large file, all at once") {
  for_each_driver([](raw_driver& io) {
    constexpr std::size_t block = 4096;
    constexpr std::size_t count = 512;
    std::string contents(block * count, '\0');
    for (std::size_t i = 0; i < contents.size(); ++i) contents[i] = static_cast<char>(i % 251);
    const descriptor file = make_file(contents);
    std::string copy(contents.size(), '\0');
    const mutable_buffer whole = as_writable_bytes(copy);
    std::vector<std::unique_ptr<single<read_operation>>> ops;
    for (std::size_t i = 0; i < count; ++i) {
      ops.push_back(std::make_unique<single<read_operation>>(
          file.get(), whole.subspan(i * block, block), static_cast<std::int64_t>(i * block)));
      io.submit(*ops.back());
    }
    for (const auto& op : ops) CHECK(io.finish(*op) == block);
    CHECK(copy == contents);
  });
}

}  // namespace
}  // namespace tridem::test
