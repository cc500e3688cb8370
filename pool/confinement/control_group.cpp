// SPDX-License-Identifier: MIT
// Reads /proc for where this process is, and writes the files of both versions.
#include "pool/confinement/control_group.hpp"

#include <tridem/io/descriptor.hpp>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <dirent.h>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace tridem::detail {

namespace {

constexpr std::string_view prefix = "tridem-";

std::string contents_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool has_word(std::string_view list, std::string_view word, char separator) noexcept {
  for (std::size_t at = 0; at <= list.size();) {
    const std::size_t end = std::min(list.find(separator, at), list.size());
    if (list.substr(at, end - at) == word) return true;
    at = end + 1;
  }
  return false;
}

/// The group of this process as /proc/self/cgroup names it: "4:memory:/path", "0::/path".
std::string own_group(const std::string& controller, bool& is_unified) {
  std::ifstream lines("/proc/self/cgroup");
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
std::string folder_of(const std::string& group, const std::string& controller, bool is_unified) {
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

void write_to(const std::string& path, const std::string& text) {
  const descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file || ::write(file.get(), text.data(), text.size()) < 0) {
    throw std::system_error(errno, std::system_category(), "write '" + text + "' to " + path);
  }
}

/// Version 2 hands controllers down only where somebody has asked for it, and where there are no
/// processes.
void hand_down(const std::string& folder, const std::string& controller) {
  const std::string path = folder + "/cgroup.subtree_control";
  std::string words = contents_of(path);
  if (!words.empty() && words.back() == '\n') words.pop_back();
  if (!has_word(words, controller, ' ')) write_to(path, "+" + controller);
}

std::string name_of(pid_t server, pid_t worker) {
  return std::string(prefix) + std::to_string(server) + "-" + std::to_string(worker);
}

void enter(const std::string& folder, bool is_unified, const std::string& controller,
           const std::string& limit, std::uint64_t most) {
  if (is_unified) hand_down(folder, controller);
  const std::string own = folder + "/" + name_of(::getppid(), ::getpid());
  if (::mkdir(own.c_str(), 0755) != 0 && errno != EEXIST) {
    throw std::system_error(errno, std::system_category(), "make the control group " + own);
  }
  write_to(own + "/" + limit, std::to_string(most));
  write_to(own + "/cgroup.procs", "0");
}

void limit_by_group(const std::string& controller, const char* old_file, const char* file,
                    std::uint64_t most) {
  const group_home home = find_group_home(controller);
  if (home.folders.empty()) {
    throw std::system_error(ENOENT, std::system_category(),
                            "find the control groups of the controller " + controller);
  }
  for (const std::string& folder : home.folders) {
    try {
      return enter(folder, home.is_unified, controller, home.is_unified ? file : old_file, most);
    } catch (const std::system_error&) {
      if (&folder == &home.folders.back()) throw;
    }
  }
}

std::uint64_t number_after(const std::string& text, std::string_view key) noexcept {
  for (std::size_t at = 0; (at = text.find(key, at)) != text.npos; at += key.size()) {
    if (at != 0 && text[at - 1] != '\n') continue;
    std::uint64_t number = 0;
    std::from_chars(text.data() + at + key.size(), text.data() + text.size(), number);
    return number;
  }
  return 0;
}

std::string events_of(const std::string& folder, bool is_unified) {
  return contents_of(folder + (is_unified ? "/memory.events" : "/memory.oom_control"));
}

}  // namespace

group_home find_group_home(const std::string& controller) {
  group_home home;
  const std::string group = own_group(controller, home.is_unified);
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

void limit_memory_by_group(std::uint64_t most) {
  limit_by_group("memory", "memory.limit_in_bytes", "memory.max", most);
}

void limit_processes_by_group(std::uint64_t most) {
  limit_by_group("pids", "pids.max", "pids.max", most);
}

worker_groups::worker_groups(pid_t server)
    : server_(server), memory_(find_group_home("memory")), processes_(find_group_home("pids")) {}

bool worker_groups::forget(pid_t worker) {
  const std::string name = "/" + name_of(server_, worker);
  bool ran_out = false;
  for (const std::string& folder : memory_.folders) {
    ran_out |= number_after(events_of(folder + name, memory_.is_unified), "oom_kill ") > 0;
    ::rmdir((folder + name).c_str());
  }
  for (const std::string& folder : processes_.folders) ::rmdir((folder + name).c_str());
  return ran_out;
}

void worker_groups::sweep() noexcept {
  for (const group_home* home : {&memory_, &processes_}) {
    for (const std::string& folder : home->folders) {
      DIR* const all = ::opendir(folder.c_str());
      if (all == nullptr) continue;
      while (const dirent* entry = ::readdir(all)) {
        const std::string_view name = entry->d_name;
        if (!name.starts_with(prefix)) continue;
        int server = 0;
        std::from_chars(name.data() + prefix.size(), name.data() + name.size(), server);
        const bool is_gone = server > 0 && ::kill(server, 0) != 0 && errno == ESRCH;
        if (is_gone) ::unlinkat(::dirfd(all), entry->d_name, AT_REMOVEDIR);
      }
      ::closedir(all);
    }
  }
}

}  // namespace tridem::detail
