// SPDX-License-Identifier: MIT
// posix_spawn of this program: it neither copies this process nor allocates in the child.
#include "pool/worker/spawn_self.hpp"

#include "pool/worker/own_program.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <new>
#include <sched.h>
#include <spawn.h>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace tridem::detail {

namespace {

/// The settings of one posix_spawn; every call returns an errno, the first of which is kept.
class spawn_settings {
 public:
  spawn_settings() {
    note(::posix_spawn_file_actions_init(&actions));
    note(::posix_spawnattr_init(&attributes));
  }
  spawn_settings(const spawn_settings&) = delete;
  spawn_settings& operator=(const spawn_settings&) = delete;
  ~spawn_settings() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
    for (const int number : copies) ::close(number);
  }

  void note(int result) noexcept {
    if (error == 0) error = result;
  }

  /// Descriptors above the range they go to, so that no dup2 runs over one that is still needed.
  void pass(std::span<const int> descriptors) {
    const int first_free = 3 + static_cast<int>(descriptors.size());
    copies.reserve(descriptors.size());
    for (const int number : descriptors) {
      const int copy = ::fcntl(number, F_DUPFD_CLOEXEC, first_free + 16);
      if (copy < 0) return note(errno);
      copies.push_back(copy);
    }
    note(::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0));
    for (std::size_t i = 0; i < copies.size(); ++i) {
      note(::posix_spawn_file_actions_adddup2(&actions, copies[i], 3 + static_cast<int>(i)));
    }
    note(::posix_spawn_file_actions_addclosefrom_np(&actions, first_free));
  }

  void clean_signals(bool new_session) {
    ::sigset_t none;
    ::sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    note(::posix_spawnattr_setsigmask(&attributes, &none));
    note(::posix_spawnattr_setsigdefault(&attributes, &all));
    short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    if (new_session) flags = static_cast<short>(flags | POSIX_SPAWN_SETSID);
    note(::posix_spawnattr_setflags(&attributes, flags));
  }

  ::posix_spawn_file_actions_t actions;
  ::posix_spawnattr_t attributes;
  std::vector<int> copies;
  int error = 0;
};

/// What a program needs to be executed and to print, and what developers set.
bool holds_no_secret(std::string_view variable) noexcept {
  constexpr std::string_view harmless[] = {"PATH=",
                                           "HOME=",
                                           "USER=",
                                           "LOGNAME=",
                                           "LANG=",
                                           "LC_",
                                           "TZ=",
                                           "TMPDIR=",
                                           "TRIDEM_",
                                           "ASAN_OPTIONS=",
                                           "LD_LIBRARY_PATH=",
                                           "UBSAN_OPTIONS=",
                                           "TSAN_OPTIONS="};
  return std::ranges::any_of(harmless, [&](auto begin) { return variable.starts_with(begin); });
}

std::vector<char*> environment_with(const std::vector<std::string>& added, bool is_clean) {
  std::vector<char*> all;
  const auto is_replaced = [&](const std::string_view variable) {
    const auto name = variable.substr(0, variable.find('=') + 1);
    return std::ranges::any_of(added, [&](const std::string& a) { return a.starts_with(name); });
  };
  for (char** variable = ::environ; variable != nullptr && *variable != nullptr; ++variable) {
    if (is_clean && !holds_no_secret(*variable)) continue;
    if (!is_replaced(*variable)) all.push_back(*variable);
  }
  for (const std::string& variable : added) all.push_back(const_cast<char*>(variable.c_str()));
  all.push_back(nullptr);
  return all;
}

/// Affinity belongs to threads and is inherited: a loop that is bound to one CPU would bind them
/// all.
class main_thread_affinity {
 public:
  main_thread_affinity() noexcept {
    ::cpu_set_t of_process;
    if (::sched_getaffinity(::getpid(), sizeof(of_process), &of_process) != 0 ||
        ::sched_getaffinity(0, sizeof(of_thread_), &of_thread_) != 0 ||
        CPU_EQUAL(&of_process, &of_thread_)) {
      return;
    }
    changed_ = ::sched_setaffinity(0, sizeof(of_process), &of_process) == 0;
  }
  main_thread_affinity(const main_thread_affinity&) = delete;
  main_thread_affinity& operator=(const main_thread_affinity&) = delete;
  ~main_thread_affinity() {
    if (changed_) ::sched_setaffinity(0, sizeof(of_thread_), &of_thread_);
  }

 private:
  ::cpu_set_t of_thread_;
  bool changed_ = false;
};

}  // namespace

spawn_result spawn_self(const spawn_request& request) {
  spawn_settings settings;
  settings.pass(request.descriptors);
  settings.clean_signals(request.new_session);
  if (settings.error != 0) return {settings.error, 0};

  own_program program =
      request.executable.empty() ? find_own_program() : own_program{request.executable, {}};
  std::vector<char*> arguments{::program_invocation_name};
  for (std::string& word : program.arguments) arguments.push_back(word.data());
  arguments.push_back(const_cast<char*>(request.argument));
  arguments.push_back(nullptr);
  std::vector<char*> environment = environment_with(request.environment, request.clean_environment);
  const main_thread_affinity affinity;
  spawn_result result;
  result.error = ::posix_spawn(&result.pid, program.file.c_str(), &settings.actions,
                               &settings.attributes, arguments.data(), environment.data());
  result.file = std::move(program.file);
  return result;
}

}  // namespace tridem::detail
