// SPDX-License-Identifier: MIT
// Reads /proc: slow and simple, because it runs between tests only.
#include "tests/support/census.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string_view>
#include <unistd.h>

namespace tridem::test {

namespace {

namespace fs = std::filesystem;

constexpr const char* mark_name = "TRIDEM_TEST_PROCESS";

std::string read_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  // Not by iterators: they let the error pass when a process ends between open and read.
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

bool is_number(const std::string& text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// The names in a folder that may change while it is read.
std::vector<std::string> names_in(const char* folder) {
  std::vector<std::string> names;
  std::error_code failed;
  fs::directory_iterator at(folder, failed);
  while (!failed && at != fs::directory_iterator()) {
    names.push_back(at->path().filename().string());
    at.increment(failed);
  }
  return names;
}

std::set<std::string> open_descriptors() {
  std::set<std::string> found;
  for (const std::string& name : names_in("/proc/self/fd")) {
    std::error_code failed;
    const fs::path target = fs::read_symlink("/proc/self/fd/" + name, failed);
    // The descriptor with which the folder was read is gone by now.
    if (!failed) found.insert("descriptor " + name + " -> " + target.string());
  }
  return found;
}

std::set<std::string> live_threads() {
  std::set<std::string> found;
  for (const std::string& name : names_in("/proc/self/task")) {
    std::string title = read_text("/proc/self/task/" + name + "/comm");
    if (title.empty()) continue;
    title.pop_back();
    found.insert("thread " + name + " (" + title + ")");
  }
  return found;
}

std::set<std::string> mapped_shared_memory() {
  std::set<std::string> found;
  std::istringstream maps(read_text("/proc/self/maps"));
  for (std::string line; std::getline(maps, line);) {
    for (const char* kind : {"/memfd:", "/dev/shm/", "/dev/zero", "[io_uring]", "/SYSV"}) {
      if (line.find(kind) != std::string::npos) found.insert("mapping " + line);
    }
  }
  for (const std::string& name : names_in("/dev/shm")) found.insert("file /dev/shm/" + name);
  return found;
}

/// The fields of /proc/<pid>/stat that matter here.
struct process_status {
  std::string title;
  char state = '?';
  long parent = 0;
  std::string start_time;
};

bool read_status(const std::string& pid, process_status& out) {
  const std::string text = read_text("/proc/" + pid + "/stat");
  // The title may itself hold spaces and parentheses.
  const std::size_t open = text.find('(');
  const std::size_t close = text.rfind(')');
  if (open == std::string::npos || close == std::string::npos) return false;
  out.title = text.substr(open + 1, close - open - 1);
  std::istringstream rest(text.substr(close + 1));
  rest >> out.state >> out.parent;
  for (int skipped = 5; skipped <= 22; ++skipped) rest >> out.start_time;
  return true;
}

/// Descendants: children of ours, zombies included, and whatever carries our mark in its
/// environment.
std::set<std::string> descendants() {
  static std::set<std::string> strangers;  // pid and start time of processes known to carry no mark
  const long self = ::getpid();
  const std::string mark = std::string(mark_name) + "=" + std::to_string(self);
  std::set<std::string> found;
  for (const std::string& pid : names_in("/proc")) {
    process_status status;
    if (!is_number(pid) || pid == std::to_string(self) || !read_status(pid, status)) continue;
    bool ours = status.parent == self;
    const std::string identity = pid + "@" + status.start_time;
    if (!ours && !strangers.contains(identity)) {
      const std::string environment = read_text("/proc/" + pid + "/environ");
      ours = ('\0' + environment).find('\0' + mark + '\0') != std::string::npos;
      // One that is in the middle of an exec shows nothing; all others are looked at only once.
      if (!ours && !environment.empty()) strangers.insert(identity);
    }
    if (ours) {
      found.insert("process " + pid + " (" + status.title + ", state " + status.state + ")");
    }
  }
  return found;
}

void append_missing(const std::set<std::string>& from, const std::set<std::string>& in,
                    std::string_view word, std::vector<std::string>& out) {
  for (const std::string& thing : from) {
    if (!in.contains(thing)) out.push_back(std::string(word) + thing);
  }
}

}  // namespace

void census::mark_descendants() {
  ::setenv(mark_name, std::to_string(::getpid()).c_str(), 1);
}

census census::take() {
  return {open_descriptors(), descendants(), live_threads(), mapped_shared_memory()};
}

std::vector<std::string> census::difference(const census& before, const census& after) {
  std::vector<std::string> lines;
  append_missing(after.descriptors, before.descriptors, "left: ", lines);
  append_missing(after.processes, before.processes, "left: ", lines);
  append_missing(after.threads, before.threads, "left: ", lines);
  append_missing(after.shared_memory, before.shared_memory, "left: ", lines);
  // A descriptor that vanished was closed by somebody who did not own it.
  append_missing(before.descriptors, after.descriptors, "gone: ", lines);
  return lines;
}

}  // namespace tridem::test
