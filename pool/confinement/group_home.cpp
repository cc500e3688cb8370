// SPDX-License-Identifier: MIT
// Reads /proc for the path of a group, and for the place where its tree is mounted.
#include "pool/confinement/group_home.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace tridem::detail {

namespace {

std::string in_proc(pid_t process, const char* file) {
  return "/proc/" + (process == 0 ? std::string("self") : std::to_string(process)) + "/" + file;
}

/// The group as /proc/pid/cgroup names it: "4:memory:/path", "0::/path".
std::string group_of(pid_t process, std::string_view controller, bool& is_unified) {
  std::ifstream lines(in_proc(process, "cgroup"));
  std::string unified;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == line.npos || second == line.npos) continue;
    const std::string names = line.substr(first + 1, second - first - 1);
    const std::string path = line.substr(second + 1);
    if (names.empty()) unified = path;
    if (has_word(names, controller, ',')) {
      is_unified = false;
      return path;
    }
  }
  is_unified = true;
  return unified;
}

/// Where the tree that holds `group` is mounted, and what of the group's path is below that place.
std::string folder_of(const std::string& group, std::string_view controller, bool is_unified) {
  std::ifstream lines("/proc/self/mountinfo");
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string skipped, root, place, type, options;
    words >> skipped >> skipped >> skipped >> root >> place;
    while (words >> skipped && skipped != "-") {
    }
    words >> type >> skipped >> options;
    const bool is_it =
        is_unified ? type == "cgroup2" : type == "cgroup" && has_word(options, controller, ',');
    if (!is_it) continue;
    if (root == "/") return place + (group == "/" ? "" : group);
    if (group.starts_with(root)) return place + group.substr(root.size());
  }
  return {};
}

}  // namespace

bool has_word(std::string_view list, std::string_view word, char separator) noexcept {
  for (std::size_t at = 0; at <= list.size();) {
    const std::size_t end = std::min(list.find(separator, at), list.size());
    if (list.substr(at, end - at) == word) return true;
    at = end + 1;
  }
  return false;
}

group_home find_group_home(std::string_view controller, pid_t process) {
  group_home home;
  const std::string group = group_of(process, controller, home.is_unified);
  if (group.empty()) return home;
  const std::string folder = folder_of(group, controller, home.is_unified);
  if (folder.empty()) return home;
  home.folders.push_back(folder);
  // A service whose group is delegated stands in a leaf of it, so that the branch can hand down.
  if (home.is_unified && group != "/") {
    home.folders.push_back(folder.substr(0, folder.find_last_of('/')));
  }
  return home;
}

std::optional<std::uint64_t> oom_kills_in(const std::string& folder, bool is_unified) {
  std::ifstream file(folder + (is_unified ? "/memory.events" : "/memory.oom_control"));
  std::uint64_t number = 0;
  for (std::string word; file >> word >> number;) {
    if (word == "oom_kill") return number;
  }
  return std::nullopt;
}

}  // namespace tridem::detail
