// SPDX-License-Identifier: MIT
// All that can fail by lack of memory or descriptors happens here, before there is a child.
#include "io/posix/spawn.hpp"

#include "io/posix/spawn_child.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <fcntl.h>
#include <memory>
#include <sched.h>
#include <string_view>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

// The name under which glibc has clone() too. ThreadSanitizer stands in for the other one, and
// takes a child that shares our memory for a fork.
extern "C" int tridem_clone_of_libc(int (*run)(void*), void* stack, int flags, void* argument,
                                    ...) noexcept __asm__("__clone");

namespace tridem::detail {
namespace {

[[noreturn]] void fail(int error, const std::string& what) {
  throw std::system_error(error, std::generic_category(), what);
}

std::string quoted(std::string_view text) {
  return "'" + std::string(text) + "'";
}

/// Copies above the range they go to, so that the child's dup3 runs over none that is still needed.
std::vector<descriptor> lift(std::span<const int> sources, const std::string& program) {
  std::vector<descriptor> copies;
  copies.reserve(sources.size());
  descriptor null;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (sources[i] < 0 && !null) null.reset(::open("/dev/null", O_RDWR | O_CLOEXEC));
    const int source = sources[i] < 0 ? null.get() : sources[i];
    copies.emplace_back(::fcntl(source, F_DUPFD_CLOEXEC, static_cast<int>(sources.size())));
    if (copies.back()) continue;
    const int error = errno;
    std::string what = "start " + quoted(program) + ", its descriptor " + std::to_string(i);
    if (sources[i] >= 0) what += " from our " + std::to_string(source);
    if (error == EMFILE) what += " (this process has no number left: ulimit -n)";
    fail(error, what);
  }
  return copies;
}

std::vector<char*> pointers(std::span<const std::string> texts) {
  std::vector<char*> all;
  all.reserve(texts.size() + 1);
  for (const std::string& text : texts) all.push_back(const_cast<char*>(text.c_str()));
  all.push_back(nullptr);
  return all;
}

std::string_view search_path(std::span<const std::string> environment) {
  constexpr std::string_view name = "PATH=";
  for (const std::string_view variable : environment) {
    if (variable.starts_with(name)) return variable.substr(name.size());
  }
  return "/usr/bin:/bin";  // confstr(_CS_PATH), for a program without PATH
}

/// Where a program may be. Parts of PATH that are not absolute are left out: what they mean changes
/// with the directory, and whoever may write there decides what runs.
std::vector<std::string> candidates_for(const spawn_request& request) {
  const std::string& program = request.words.front();
  if (program.find('/') != std::string::npos) return {program};
  std::vector<std::string> paths;
  std::string_view rest = search_path(request.environment);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    const std::string_view directory = rest.substr(0, end);
    if (directory.starts_with('/')) paths.push_back(std::string(directory) + '/' + program);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return paths;
}

void refuse_zero_bytes(std::span<const std::string> texts, const char* which) {
  const auto holds_zero = [](const std::string& text) {
    return text.find('\0') != std::string::npos;
  };
  if (std::ranges::any_of(texts, holds_zero)) {
    fail(EINVAL,
         std::string("start a program: ") + which + " holds a zero byte, where it would end");
  }
}

void check(const spawn_request& request) {
  if (request.words.empty() || request.words.front().empty()) {
    fail(EINVAL, "start a program: the command has no first word, which names the program");
  }
  refuse_zero_bytes(request.words, "a word of the command");
  refuse_zero_bytes(request.environment, "a variable of the environment");
  refuse_zero_bytes(std::span(&request.directory, 1), "the directory");
}

bool exists(const std::string& path, const std::string& directory) {
  const bool is_absolute = directory.empty() || path.starts_with('/');
  struct ::stat ignored{};
  return ::stat(is_absolute ? path.c_str() : (directory + '/' + path).c_str(), &ignored) == 0;
}

/// What may be behind the error of exec, in parentheses.
std::string hint(int error, const spawn_request& request) {
  const std::string& program = request.words.front();
  const bool is_path = program.find('/') != std::string::npos;
  switch (error) {
    case ENOENT:
      if (is_path && exists(program, request.directory)) {
        return " (it exists, but not the interpreter that its first line or its header names)";
      }
      if (program.find(' ') != std::string::npos) {
        return " (nothing is split at spaces here: give each word on its own)";
      }
      return is_path ? "" : " (looked for in PATH)";
    case EACCES:
      return " (it is not executable, or a directory on the way is closed)";
    case ENOEXEC:
      return " (it is no program of this machine; a script needs a first line with #!)";
    case E2BIG:
      return " (arguments and environment are longer than the system takes)";
    default:
      return "";
  }
}

[[noreturn]] void fail_in_child(const spawn_plan& plan, const spawn_request& request) {
  const std::string program = quoted(request.words.front());
  switch (plan.failed_at) {
    case spawn_step::execute:
      fail(plan.error, "execute " + program + hint(plan.error, request));
    case spawn_step::change_directory:
      fail(plan.error, "start " + program + " in the directory " + quoted(request.directory));
    case spawn_step::descriptors:
      fail(plan.error, "start " + program + ", placing its descriptors");
    case spawn_step::new_session:
    case spawn_step::new_group:
      fail(plan.error, "start " + program + " in a group of its own");
    case spawn_step::die_with_parent:
    case spawn_step::none:
      break;
  }
  fail(plan.error, "start " + program);
}

[[noreturn]] void fail_to_clone(int error, const std::string& program) {
  std::string what = "start " + quoted(program);
  if (error == EAGAIN) what += " (the limit of processes is reached: ulimit -u, or pids.max)";
  if (error == EINVAL || error == ENOSYS) what += " (this needs pidfds, which Linux 5.4 has)";
  fail(error, what);
}

/// No handler of ours may run in the child, in our memory; glibc's own signals included.
class all_signals_blocked {
 public:
  all_signals_blocked() noexcept {
    const std::uint64_t all = ~std::uint64_t{0};
    ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before_, sizeof all);
  }
  all_signals_blocked(const all_signals_blocked&) = delete;
  all_signals_blocked& operator=(const all_signals_blocked&) = delete;
  ~all_signals_blocked() {
    ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before_, nullptr, sizeof before_);
  }

 private:
  std::uint64_t before_ = 0;
};

/// Affinity belongs to threads and is inherited: a loop that is bound to one CPU would bind what it
/// starts. Gives that of the main thread when it differs.
const ::cpu_set_t* affinity_to_restore(::cpu_set_t& of_process) noexcept {
  ::cpu_set_t of_thread;
  const bool differs = ::sched_getaffinity(::getpid(), sizeof of_process, &of_process) == 0 &&
                       ::sched_getaffinity(0, sizeof of_thread, &of_thread) == 0 &&
                       !CPU_EQUAL(&of_process, &of_thread);
  return differs ? &of_process : nullptr;
}

/// Runs the plan in a child; returns when it has executed the program, or has failed and is reaped.
spawned start(spawn_plan& plan, const std::string& program) {
  constexpr std::size_t stack_size = 64 * 1024;
  const auto stack = std::make_unique_for_overwrite<std::byte[]>(stack_size);
  constexpr int flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD;
  int pidfd = -1;
  pid_t pid;
  int error;
  {
    const all_signals_blocked quiet;
    pid = tridem_clone_of_libc(run_spawn_plan, stack.get() + stack_size, flags, &plan, &pidfd);
    error = errno;
  }
  if (pid < 0) fail_to_clone(error, program);
  spawned child{pid, descriptor{pidfd}};
  if (plan.failed_at != spawn_step::none) {
    ::siginfo_t ignored;
    while (::waitid(P_PIDFD, static_cast<id_t>(pidfd), &ignored, WEXITED) < 0 && errno == EINTR) {
    }
  }
  return child;
}

}  // namespace

spawned spawn(const spawn_request& request) {
  check(request);
  const std::vector<descriptor> copies = lift(request.descriptors, request.words.front());
  std::vector<int> numbers;
  for (const descriptor& copy : copies) numbers.push_back(copy.get());
  const std::vector<std::string> candidates = candidates_for(request);
  const std::vector<char*> paths = pointers(candidates);
  const std::vector<char*> arguments = pointers(request.words);
  const std::vector<char*> environment = pointers(request.environment);
  ::cpu_set_t of_process;
  spawn_plan plan{.candidates = paths.data(),
                  .arguments = arguments.data(),
                  .environment = environment.data(),
                  .directory = request.directory.empty() ? nullptr : request.directory.c_str(),
                  .descriptors = numbers,
                  .affinity = affinity_to_restore(of_process),
                  .parent = ::getpid(),
                  .new_session = request.new_session,
                  .new_group = request.new_group,
                  .die_with_parent = request.die_with_parent};
  spawned child = start(plan, request.words.front());
  if (plan.failed_at != spawn_step::none) fail_in_child(plan, request);
  return child;
}

std::vector<std::string> changed_environment(std::span<const std::string> changes, bool inherit) {
  const auto name_of = [](std::string_view variable) {
    return variable.substr(0, variable.find('='));
  };
  // Quadratic in what is changed, which is little.
  const auto is_changed_from = [&](std::string_view variable, std::size_t first) {
    return std::any_of(changes.begin() + static_cast<std::ptrdiff_t>(first), changes.end(),
                       [&](const std::string& c) { return name_of(c) == name_of(variable); });
  };
  std::vector<std::string> all;
  for (char** variable = ::environ; inherit && variable != nullptr && *variable; ++variable) {
    if (!is_changed_from(*variable, 0)) all.emplace_back(*variable);
  }
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const bool removes = changes[i].find('=') == std::string::npos;
    if (!removes && !is_changed_from(changes[i], i + 1)) all.push_back(changes[i]);
  }
  return all;
}

}  // namespace tridem::detail
