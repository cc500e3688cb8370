// SPDX-License-Identifier: MIT
// Makes the groups, enters and removes them, in both versions.
#include "pool/confinement/control_group.hpp"

#include <tridem/io/descriptor.hpp>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <dirent.h>
#include <fcntl.h>
#include <fstream>
#include <iterator>
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
  const std::string own = "/" + name_of(::getppid(), ::getpid());
  for (const std::string& folder : home.folders) {
    // In version 2 one group has all limits: this worker may be in its own already.
    if (folder.ends_with(own)) continue;
    try {
      return enter(folder, home.is_unified, controller, home.is_unified ? file : old_file, most);
    } catch (const std::system_error&) {
      if (&folder == &home.folders.back()) throw;
    }
  }
}

}  // namespace

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
    ran_out |= oom_kills_in(folder + name, memory_.is_unified).value_or(0) > 0;
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
