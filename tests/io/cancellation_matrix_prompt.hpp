// SPDX-License-Identifier: MIT
// Rows of the cancellation matrix: operations that the system does at once, or on a thread of its
// own. Either they were done and delivered, or they were not done.
#pragma once

#include "tests/io/cancellation_matrix_waiting.hpp"

#include <tridem/runtime/sleep.hpp>

#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>

namespace tridem::test::matrix {

/// Ends by itself, so a request to cancel comes in time or not.
class prompt_row : public row {
 public:
  ~prompt_row() override {
    std::error_code ignored;
    std::filesystem::remove(name_, ignored);
    std::filesystem::remove(other_, ignored);
  }
  void complete(hook before, hook after) override {
    before();
    after();
  }
  /// It has been asked for; whether it is done is not waited for.
  task<> until_it_waits() override { co_await yield(); }
  std::string damage(bool delivered) override {
    return is_done() == delivered ? "" : "what was done is not what was told";
  }
  bool may_go_either_way() const override {
    return when != moment::before_it_starts && when != moment::before_though_ready &&
           when != moment::when_it_has_returned;
  }

 protected:
  /// Whether it had its effect; what has none was as good as done.
  virtual bool is_done() = 0;
  temporary_directory folder_;
  std::string name_ = folder_ / "name";
  std::string other_ = folder_ / "other";
};

/// Nothing outside changes.
class harmless_row : public prompt_row {
  std::string damage(bool) override { return ""; }
  bool is_done() override { return true; }
};

struct nop_row final : harmless_row {
  task<> act() override { co_await perform(nop_operation()); }
};
struct stat_row final : harmless_row {
  task<> act() override {
    struct ::statx answer{};
    co_await perform(stat_operation(AT_FDCWD, folder_.path.c_str(), 0, STATX_BASIC_STATS, &answer));
  }
};
struct fsync_row final : harmless_row {
  task<> act() override { co_await perform(fsync_operation(file_.get())); }
  descriptor file_ = own(::open(name_.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
};

struct open_row final : prompt_row {
  task<> act() override {
    opened_ = co_await perform(
        open_operation(AT_FDCWD, name_.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
  }
  bool is_done() override { return std::filesystem::exists(name_); }
  descriptor opened_;
};
struct mkdir_row final : prompt_row {
  task<> act() override { co_await perform(mkdir_operation(AT_FDCWD, name_.c_str(), 0700)); }
  bool is_done() override { return std::filesystem::exists(name_); }
};
struct with_a_file : prompt_row {
  with_a_file() { std::ofstream(name_) << "text"; }
};
struct unlink_row final : with_a_file {
  task<> act() override { co_await perform(unlink_operation(AT_FDCWD, name_.c_str())); }
  bool is_done() override { return !std::filesystem::exists(name_); }
};
struct rename_row final : with_a_file {
  task<> act() override {
    co_await perform(rename_operation(AT_FDCWD, name_.c_str(), AT_FDCWD, other_.c_str()));
  }
  bool is_done() override { return std::filesystem::exists(other_); }
};
struct shutdown_row final : prompt_row {
  task<> act() override { co_await perform(shutdown_operation(ends_.second.get(), SHUT_WR)); }
  bool is_done() override {
    char byte = 0;
    return ::recv(ends_.first.get(), &byte, 1, MSG_DONTWAIT) == 0;
  }
  descriptor_pair ends_ = make_socket_pair();
};
struct connect_row final : prompt_row {
  task<> act() override {
    co_await perform(connect_operation(active_.get(), at_.as_sockaddr(), sizeof at_.address));
  }
  // One that was cut may have been made nevertheless: the socket is then closed with it.
  std::string damage(bool delivered) override { return !delivered || is_done() ? "" : "not made"; }
  bool is_done() override {
    return descriptor{::accept4(at_.socket.get(), nullptr, nullptr, SOCK_CLOEXEC)}.get() >= 0;
  }
  listener at_;
  descriptor active_ = make_socket();
};
/// A descriptor that is not closed yet is closed by its owner.
struct close_row final : prompt_row {
  task<> act() override {
    co_await perform(close_operation(open_.get()));
    (void)open_.release();
  }
  std::string damage(bool delivered) override {
    return delivered || ::fcntl(open_.get(), F_GETFD) >= 0 ? "" : "closed, and not told";
  }
  bool is_done() override { return true; }
  descriptor open_ = own(::dup(0));
};

inline std::vector<entry> prompt_rows() {
  return {
      {"connect", make_row<connect_row>}, {"shutdown", make_row<shutdown_row>},
      {"open", make_row<open_row>},       {"close", make_row<close_row>},
      {"fsync", make_row<fsync_row>},     {"stat", make_row<stat_row>},
      {"unlink", make_row<unlink_row>},   {"rename", make_row<rename_row>},
      {"mkdir", make_row<mkdir_row>},     {"nop", make_row<nop_row>},
  };
}

}  // namespace tridem::test::matrix
