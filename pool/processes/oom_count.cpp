// SPDX-License-Identifier: MIT
// Finds the memory cgroup of a process, and reads its count of kills.
#include "pool/processes/oom_count.hpp"

#include <charconv>
#include <fstream>
#include <optional>
#include <sstream>
#include <string_view>

namespace tridem::detail {

namespace {

/// Where a process stands in a hierarchy; source: cgroups(7), /proc/pid/cgroup.
std::optional<std::string> path_of(int process, bool is_v2) {
  std::ifstream file("/proc/" + std::to_string(process) + "/cgroup");
  for (std::string line; std::getline(file, line);) {
    // hierarchy:controllers:path; version 2 is number 0 and names no controllers.
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (second == line.npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const bool is_wanted =
        is_v2 ? line.starts_with("0::") : controllers.find(",memory,") != controllers.npos;
    if (is_wanted) return line.substr(second + 1);
  }
  return std::nullopt;
}

/// The directory of `path` in the file system; source: proc(5), /proc/pid/mountinfo.
std::optional<std::string> directory_of(std::string path, bool is_v2) {
  std::ifstream file("/proc/self/mountinfo");
  for (std::string line; std::getline(file, line);) {
    const auto separator = line.find(" - ");
    if (separator == line.npos) continue;
    std::istringstream front(line);
    std::istringstream back(line.substr(separator + 3));
    std::string skipped, root, place, type, source, options;
    front >> skipped >> skipped >> skipped >> root >> place;
    back >> type >> source >> options;
    const bool is_wanted =
        is_v2 ? type == "cgroup2"
              : type == "cgroup" && ("," + options + ",").find(",memory,") != std::string::npos;
    if (!is_wanted) continue;
    // In a container, what is mounted may be only the part of the tree that belongs to it.
    if (root != "/" && path.starts_with(root)) path.erase(0, root.size());
    return place + path;
  }
  return std::nullopt;
}

/// The number behind the word "oom_kill"; nothing when the file does not say it.
std::optional<std::uint64_t> kills_in(const std::string& name) {
  std::ifstream file(name);
  std::uint64_t number = 0;
  for (std::string word; file >> word >> number;) {
    if (word == "oom_kill") return number;
  }
  return std::nullopt;
}

}  // namespace

void oom_count::watch(int process) {
  file_.clear();
  for (const bool is_v2 : {false, true}) {
    const auto path = path_of(process, is_v2);
    const auto directory = path ? directory_of(*path, is_v2) : std::nullopt;
    if (!directory) continue;
    const std::string name = *directory + (is_v2 ? "/memory.events" : "/memory.oom_control");
    if (const auto now = kills_in(name)) {
      file_ = name;
      taken_ = *now;
      return;
    }
  }
}

bool oom_count::take_one() noexcept {
  if (file_.empty()) return false;
  try {
    const auto now = kills_in(file_);
    if (!now || *now <= taken_) return false;
    ++taken_;
    return true;
  } catch (...) {
    // No memory to look: what killed the worker stays unsaid.
    return false;
  }
}

}  // namespace tridem::detail
