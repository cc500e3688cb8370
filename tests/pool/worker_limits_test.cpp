// SPDX-License-Identifier: MIT
// Limits and sandboxes of workers: what is denied, what stays possible, what is told of it.
#include "tests/support/async_test.hpp"
#include "tests/support/temporary_directory.hpp"

#include <tridem/pool/process_pool.hpp>
#include <tridem/pool/shared_array.hpp>
#include <tridem/pool/worker.hpp>
#include <tridem/pool/worker_limits.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/sleep.hpp>

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <new>
#include <pthread.h>
#include <sched.h>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

using tridem::process_pool;
using tridem::sandbox;

namespace {

/// 0 when the call went well, else its errno.
int errno_of(long result) {
  return result < 0 ? errno : 0;
}

int open_file(std::string path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const int error = errno_of(file);
  if (file >= 0) ::close(file);
  return error;
}
int write_file(std::string path) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  const int error = errno_of(file);
  if (file >= 0) ::close(file);
  return error;
}
int open_socket() {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  const int error = errno_of(socket);
  if (socket >= 0) ::close(socket);
  return error;
}
int make_child() {
  const pid_t child = ::fork();
  const int error = errno_of(child);
  if (child == 0) ::_exit(0);
  if (child > 0) ::waitpid(child, nullptr, 0);
  return error;
}
int run_program() {
  char name[] = "/bin/true";
  char* words[] = {name, nullptr};
  char* nothing[] = {nullptr};
  // With a bad argument it fails in any case, and this process goes on.
  return errno_of(::execve("/no/such/program", words, nothing));
}
int signal_parent() {
  return errno_of(::kill(::getppid(), 0));
}
int trace_parent() {
  return errno_of(::ptrace(PTRACE_SEIZE, ::getppid(), 0, 0));
}
int mount_something() {
  return errno_of(::mount("none", "/no/such/place", "tmpfs", 0, nullptr));
}
int make_ring() {
  return errno_of(::syscall(SYS_io_uring_setup, 0, nullptr));
}
int other_numbers() {
  return errno_of(::syscall(0x40000000 | SYS_getpid));
}
int change_directory_of_root() {
  return errno_of(::chroot("/no/such/place"));
}

double work_hard(int n) {
  double sum = 0;
  for (int i = 1; i <= n; ++i) sum += 1.0 / i;
  return sum;
}
std::string repeat(std::string text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}
int on_a_thread(int n) {
  int result = 0;
  std::thread([&] { result = 2 * n; }).join();
  return result;
}
int fill(tridem::shared_array<int> numbers) {
  for (int& number : numbers) number = 7;
  return static_cast<int>(numbers.size());
}
int until_stopped(std::stop_token token, tridem::shared_array<int> begun) {
  std::atomic_ref(begun[0]).store(1);
  while (!token.stop_requested()) ::usleep(100);
  return 1;
}
void throw_something() {
  throw std::invalid_argument("thrown in a sandbox");
}
void abort_loudly() {
  std::fputs("last words in a sandbox\n", stderr);
  std::abort();
}
int no_new_privileges() {
  return ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
}

std::size_t allocate(std::size_t bytes) {
  std::vector<char> block(bytes, 'x');
  return block.size();
}
std::vector<std::uint64_t> read_limits() {
  std::vector<std::uint64_t> all;
  for (const auto which : {RLIMIT_CPU, RLIMIT_AS, RLIMIT_NOFILE, RLIMIT_FSIZE, RLIMIT_CORE}) {
    ::rlimit limit{};
    ::getrlimit(which, &limit);
    all.push_back(limit.rlim_cur);
  }
  return all;
}
int nice_value() {
  return ::getpriority(PRIO_PROCESS, 0);
}
int usable_cpus() {
  cpu_set_t set;
  return ::sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : -1;
}
int oom_score() {
  int score = -1;
  std::ifstream("/proc/self/oom_score_adj") >> score;
  return score;
}
void burn() {
  for (volatile int i = 0;;) (void)i;
}
std::string open_early_text;
void open_early(std::string path) {
  std::ifstream(path) >> open_early_text;
}
std::string opened_early() {
  return open_early_text;
}
void start_thread() {
  std::thread([] { ::pause(); }).detach();
}

int connect_somewhere() {
  ::sockaddr_in nowhere{};
  return errno_of(::connect(-1, reinterpret_cast<::sockaddr*>(&nowhere), sizeof(nowhere)));
}
/// Landlock has to be there, and no sanitizer: one has a thread from the start, another probes
/// memory by system calls that a sandbox forbids.
bool can_confine() {
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
  return false;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
  return false;
#endif
#endif
  return ::syscall(SYS_landlock_create_ruleset, nullptr, 0, 1) > 0;
}

tridem::task<> check_that_work_goes_on(process_pool& pool) {
  const double sum = co_await pool.submit<&work_hard>(1000);
  CHECK(sum > 7);
  const std::string large = co_await pool.submit<&repeat>("0123456789", 500'000);
  CHECK(large.size() == 5'000'000);
  const int doubled = co_await pool.submit<&on_a_thread>(21);
  CHECK(doubled == 42);
  tridem::shared_array<int> numbers(100'000);
  const int filled = co_await pool.submit<&fill>(numbers);
  CHECK(filled == 100'000);
  CHECK(numbers[99'999] == 7);
  tridem::shared_array<int> begun(1);
  auto stopped = tridem::create_task(pool.submit<&until_stopped>(begun));
  while (std::atomic_ref(begun[0]).load() == 0) co_await tridem::yield();
  stopped.cancel();
  const int returned = co_await stopped;
  CHECK(returned == 1);  // it was asked, and what it gave is delivered
  CHECK_THROWS_WITH_AS(co_await pool.submit<&throw_something>(), "thrown in a sandbox",
                       std::invalid_argument);
  std::string words;
  try {
    co_await pool.submit<&abort_loudly>();
  } catch (const tridem::worker_crashed& crash) {
    words = crash.last_stderr();
    CHECK(crash.signal() == SIGABRT);
  }
  CHECK(words.find("last words in a sandbox") != words.npos);
}

}  // namespace

TRIDEM_TEST("a worker without net and files can compute, and nothing else") {
  if (!can_confine()) co_return;
  const tridem::test::temporary_directory directory;
  std::ofstream(directory / "kept") << "text";
  const std::vector<std::string> kept{directory.path()};
  process_pool pool{{.workers = 1,
                     .grace = std::chrono::seconds(10),
                     .limits = {.level = sandbox::no_net_no_fs, .readable = kept}}};
  CHECK(co_await pool.submit<&no_new_privileges>() == 1);
  CHECK(co_await pool.submit<&open_file>("/etc/passwd") == EACCES);
  CHECK(co_await pool.submit<&open_file>((directory / "kept")) == 0);
  CHECK(co_await pool.submit<&write_file>((directory / "kept")) == EACCES);
  CHECK(co_await pool.submit<&open_socket>() == EPERM);
  CHECK(co_await pool.submit<&connect_somewhere>() == EPERM);
  CHECK(co_await pool.submit<&make_child>() == EPERM);
  CHECK(co_await pool.submit<&run_program>() == EPERM);
  CHECK(co_await pool.submit<&signal_parent>() == EPERM);
  CHECK(co_await pool.submit<&trace_parent>() == EPERM);
  CHECK(co_await pool.submit<&mount_something>() == EPERM);
  CHECK(co_await pool.submit<&make_ring>() == ENOSYS);
  CHECK(co_await pool.submit<&other_numbers>() == EPERM);
  CHECK(co_await pool.submit<&change_directory_of_root>() == EPERM);
  const std::string enforced = pool.stats().each.at(0).enforced;
  CAPTURE(enforced);
  CHECK(enforced.find("no sockets") != enforced.npos);
  co_await check_that_work_goes_on(pool);
  co_await pool.shutdown();
}

TRIDEM_TEST("a pure worker cannot even look for a file") {
  if (!can_confine()) co_return;
  process_pool pool{
      {.workers = 1, .grace = std::chrono::seconds(10), .limits = {.level = sandbox::pure}}};
  CHECK(co_await pool.submit<&open_file>("/etc/passwd") == EPERM);
  CHECK(co_await pool.submit<&open_socket>() == EPERM);
  CHECK(co_await pool.submit<&connect_somewhere>() == EPERM);
  CHECK(co_await pool.submit<&make_child>() == EPERM);
  CHECK(co_await pool.submit<&run_program>() == EPERM);
  CHECK(co_await pool.submit<&signal_parent>() == EPERM);
  CHECK(co_await pool.submit<&make_ring>() == ENOSYS);
  CHECK(co_await pool.submit<&other_numbers>() == EPERM);
  co_await check_that_work_goes_on(pool);
  co_await pool.shutdown();
}

TRIDEM_TEST("the initializer still opens what calls must not") {
  if (!can_confine()) co_return;
  process_pool pool{{.workers = 1,
                     .initializer = tridem::in_worker<&open_early>("/etc/hostname"),
                     .limits = {.level = sandbox::no_net_no_fs}}};
  const int denied = co_await pool.submit<&open_file>("/etc/hostname");
  CHECK(denied == EACCES);
  const std::string text = co_await pool.submit<&opened_early>();
  CHECK(!text.empty());
}

TRIDEM_TEST("limits of the kernel hold in the worker") {
  if (!can_confine()) co_return;  // a sanitizer needs more address space than there is
  process_pool pool{{.workers = 1,
                     .limits = {.address_space = std::uint64_t{8} << 30,
                                .open_files = 64,
                                .file_size = 1 << 20,
                                .secrets = true,
                                .nice = 5,
                                .oom_score = 100,
                                .cpus = {0}}}};
  const int before = oom_score();
  const std::vector<std::uint64_t> limits = co_await pool.submit<&read_limits>();
  CHECK(limits.at(1) == std::uint64_t{8} << 30);
  CHECK(limits.at(2) == 64);
  CHECK(limits.at(3) == 1 << 20);
  CHECK(limits.at(4) == 0);
  CHECK(co_await pool.submit<&nice_value>() == ::getpriority(PRIO_PROCESS, 0) + 5);
  CHECK(co_await pool.submit<&usable_cpus>() == 1);
  CHECK(co_await pool.submit<&oom_score>() == std::min(before + 100, 1000));
  CHECK_THROWS_AS(co_await pool.submit<&allocate>(std::size_t{16} << 30), std::bad_alloc);
  const std::string enforced = pool.stats().each.at(0).enforced;
  CAPTURE(enforced);
  CHECK(enforced.find("nice +5") != enforced.npos);
  CHECK(enforced.find("descriptors 64") != enforced.npos);
}

TRIDEM_TEST("a worker that burns its CPU time dies by SIGXCPU") {
  process_pool pool{{.workers = 1, .limits = {.cpu_seconds = 1}}};
  int signal = 0;
  try {
    co_await pool.submit<&burn>();
  } catch (const tridem::worker_crashed& crash) {
    signal = crash.signal();
  }
  CHECK(signal == SIGXCPU);
}

TRIDEM_TEST("what cannot be enforced is an error of the start, or is told") {
  if (!can_confine()) co_return;
  const std::vector<std::string> nowhere{"/no/such/place"};
  {
    process_pool strict{
        {.workers = 1, .limits = {.level = sandbox::no_net_no_fs, .readable = nowhere}}};
    std::string text;
    try {
      co_await strict.submit<&nice_value>();
    } catch (const tridem::pool_start_error& error) {
      text = error.what();
    }
    CAPTURE(text);
    CHECK(text.find("/no/such/place") != text.npos);
  }
  {
    process_pool threaded{{.workers = 1,
                           .initializer = tridem::in_worker<&start_thread>(),
                           .limits = {.level = sandbox::no_net_no_fs}}};
    std::string text;
    try {
      co_await threaded.submit<&nice_value>();
    } catch (const tridem::pool_start_error& error) {
      text = error.what();
    }
    CAPTURE(text);
    CHECK(text.find("2 threads") != text.npos);
  }
  process_pool lenient{
      {.workers = 1,
       .limits = {.level = sandbox::no_net_no_fs, .readable = nowhere, .best_effort = true}}};
  CHECK(co_await lenient.submit<&open_socket>() == EPERM);
  const std::string enforced = lenient.stats().each.at(0).enforced;
  CAPTURE(enforced);
  CHECK(enforced.find("NOT files by Landlock") != enforced.npos);
}
