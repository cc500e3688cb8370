// SPDX-License-Identifier: MIT
// The fork server: a loop over its sessions, its parent's life, and its children's deaths.
#include "pool/worker/fork_server.hpp"

#include "pool/confinement/control_group.hpp"
#include "pool/worker/descendants.hpp"
#include "pool/worker/descriptor_passing.hpp"
#include "pool/worker/fork_server_protocol.hpp"
#include "pool/worker/lifeline.hpp"
#include "pool/worker/spawn_self.hpp"

#include <tridem/pool/job.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <memory>
#include <optional>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <unordered_map>
#include <vector>

namespace tridem::detail {

namespace {

#if defined(__SANITIZE_THREAD__)
constexpr unsigned own_threads = 2;  // the sanitizer has one
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
constexpr unsigned own_threads = 2;  // the sanitizer's own
#else
constexpr unsigned own_threads = 1;
#endif
#else
constexpr unsigned own_threads = 1;
#endif

int open_pidfd(pid_t process) noexcept {
  return static_cast<int>(::syscall(SYS_pidfd_open, process, 0));
}

/// One of the conversations with the parent, and who was started in it.
struct session {
  explicit session(descriptor from) noexcept : socket(std::move(from)) {}

  descriptor socket;  // empty when it is over
  std::size_t workers = 0;
  bool is_ending = false;
};

class fork_server {
 public:
  fork_server(descriptor socket, descriptor lifeline)
      : lifeline_(std::move(lifeline)), self_(::getpid()) {
    sessions_.push_back(std::make_unique<session>(std::move(socket)));
  }

  void run() {
    prepare();
    say_hello(*sessions_.front());
    for (;;) {
      std::erase_if(sessions_, [](const auto& one) { return !one->socket; });
      std::vector<::pollfd> sources{{child_signals_.get(), POLLIN, 0}, {parent_.get(), POLLIN, 0}};
      for (const auto& one : sessions_) {
        sources.push_back({one->is_ending ? -1 : one->socket.get(), POLLIN, 0});
      }
      if (::poll(sources.data(), sources.size(), -1) < 0 && errno != EINTR) return;
      if (sources[0].revents != 0) reap();
      if (sources[1].revents != 0) return;
      for (std::size_t i = 2; i < sources.size(); ++i) {
        if (sources[i].revents == 0) continue;
        session& one = *sessions_[i - 2];
        if (serve_request(one)) continue;
        if (i == 2) return;
        end_session(one);
      }
    }
  }

  void end_all() noexcept {
    const std::vector<pid_t> workers = worker_pids();
    end_all_descendants(workers);
    if (!groups_) return;
    for (const pid_t worker : workers) (void)groups_->forget(worker);
  }

 private:
  void prepare() {
    ::prctl(PR_SET_NAME, "tridem-server");
    // Orphaned grandchildren come to this process, which ends them when the pool ends.
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    for (const int number : {sessions_.front()->socket.get(), lifeline_.get()}) {
      ::fcntl(number, F_SETFD, FD_CLOEXEC);
    }
    parent_ = descriptor(open_pidfd(::getppid()));
    ::signal(SIGCHLD, SIG_DFL);
    ::sigset_t signals;
    ::sigemptyset(&signals);
    ::sigaddset(&signals, SIGCHLD);
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    child_signals_ = descriptor(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
    threads_ = count_threads();
    workers_lead_groups_ = !can_list_children();
    // What static initialisation has printed so far would be printed once more by every worker.
    std::fflush(nullptr);
    std::cout.flush();
    std::clog.flush();
  }

  void say_hello(session& to) {
    const job_table_identity table = identify_job_table();
    server_message hello{};
    hello.kind = server_message_kind::hello;
    hello.pid = self_;
    hello.job_count = table.count;
    hello.job_digest = table.digest;
    hello.threads = threads_;
    std::strncpy(hello.build_id, table.build_id.c_str(), sizeof(hello.build_id) - 1);
    send(to, hello, {});
  }

  static void send(session& to, server_message message, std::span<const int> descriptors) {
    message.magic = protocol_magic;
    // Waits when the parent is behind: the parent never waits for this process.
    (void)send_with_descriptors(to.socket.get(), detail::bytes_of(message), descriptors,
                                patience::wait);
  }

  bool serve_request(session& from) {
    server_message request{};
    auto received =
        receive_with_descriptors(from.socket.get(), writable_bytes_of(request), patience::none);
    if (received.error == EAGAIN) return true;
    if (received.end || received.error == ECONNRESET) return false;
    if (received.size != sizeof(request) || request.magic != protocol_magic) return false;
    if (request.kind == server_message_kind::open_session) {
      if (received.descriptors.size() != 1) return true;  // its parent sees that it was closed
      sessions_.push_back(std::make_unique<session>(std::move(received.descriptors.front())));
      say_hello(*sessions_.back());
      return true;
    }
    if (request.kind != server_message_kind::start_worker) return false;
    if (received.error != 0 || received.descriptors.size() != worker_descriptors::count) {
      refuse(from, request.worker, received.error != 0 ? received.error : EBADMSG);
      return true;
    }
    worker_descriptors own;
    const auto places = in_order(own);
    for (unsigned i = 0; i < worker_descriptors::count; ++i) {
      *places[i] = std::move(received.descriptors[i]);
    }
    if (workers_started_++ == 0) {
      // Until now the lifeline kills: the parent has armed it before it asked for anything. From
      // now on there are workers to clean up after; SIGCONT reaches this process even when it was
      // stopped, and the end of its socket tells it the rest.
      (void)arm_lifeline(lifeline_.get(), SIGCONT);
    }
    if (request.groups != 0) prepare_groups();
    start_worker(from, request.worker, own);
    return true;
  }

  void prepare_groups() {
    if (groups_) return;
    groups_.emplace(self_);
    groups_->sweep();
  }

  void refuse(session& from, std::uint64_t worker, int error) {
    server_message answer{};
    answer.kind = server_message_kind::not_started;
    answer.worker = worker;
    answer.status = error;
    send(from, answer, {});
  }

  void start_worker(session& from, std::uint64_t worker, worker_descriptors& own) {
    pid_t child;
    if (threads_ > own_threads) {
      // Another thread may hold any lock at this moment; the child of a fork would wait for ever.
      child = spawn_single_worker(own);
    } else {
      child = ::fork();
      if (child == 0) become_worker(own);
    }
    if (child < 0) return refuse(from, worker, errno);
    // From here, not from within the worker, which may be stopped before it comes to that.
    (void)arm_lifeline(own.lifeline.get(), SIGKILL, child);
    const descriptor pidfd(open_pidfd(child));
    workers_.emplace(child, started_worker{&from, worker});
    ++from.workers;
    server_message answer{};
    answer.kind = server_message_kind::started;
    answer.worker = worker;
    answer.pid = child;
    const int number = pidfd.get();
    send(from, answer, pidfd ? std::span(&number, 1) : std::span<const int>());
  }

  [[noreturn]] void become_worker(worker_descriptors& own) noexcept {
    if (workers_lead_groups_) ::setpgid(0, 0);
    // Of all sessions: the end of each socket is to tell that the server has closed it.
    for (const auto& one : sessions_) one->socket.reset();
    lifeline_.reset();
    parent_.reset();
    child_signals_.reset();
    run_worker(std::move(own), self_);
  }

  static pid_t spawn_single_worker(worker_descriptors& own) {
    std::array<int, worker_descriptors::count> numbers;
    std::ranges::transform(in_order(own), numbers.begin(),
                           [](const descriptor* each) { return each->get(); });
    spawn_request request;
    request.argument = single_worker_argument;
    request.descriptors = numbers;
    request.new_session = false;
    const spawn_result result = spawn_self(request);
    errno = result.error;
    return result.error == 0 ? result.pid : -1;
  }

  void reap() {
    ::signalfd_siginfo ignored;
    while (::read(child_signals_.get(), &ignored, sizeof(ignored)) > 0) {
    }
    int status = 0;
    // Children are workers, and what workers have left behind.
    while (const pid_t child = next_that_ended()) {
      // Its number is nobody else's until it is reaped.
      if (workers_lead_groups_) ::kill(-child, SIGKILL);
      if (::waitpid(child, &status, 0) != child) return;
      const auto found = workers_.find(child);
      if (found == workers_.end()) continue;
      server_message report{};
      report.kind = server_message_kind::ended;
      report.worker = found->second.number;
      report.pid = child;
      report.status = status;
      session& from = *found->second.from;
      workers_.erase(found);
      // Before it is told: whoever hears of its end may rely on it that it left nothing behind.
      end_orphans(worker_pids());
      if (groups_ && groups_->forget(child)) report.out_of_memory = 1;
      --from.workers;
      if (!from.is_ending) {
        send(from, report, {});
      } else if (from.workers == 0) {
        from.socket.reset();
      }
    }
  }

  /// Kills all workers of a session; the last of them closes it.
  void end_session(session& ending) {
    ending.is_ending = true;
    for (const auto& [pid, worker] : workers_) {
      if (worker.from == &ending) ::kill(pid, SIGKILL);
    }
    if (ending.workers == 0) ending.socket.reset();
  }

  static pid_t next_that_ended() noexcept {
    ::siginfo_t ended{};
    return ::waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 ? ended.si_pid : 0;
  }

  struct started_worker {
    session* from;
    std::uint64_t number;
  };

  [[nodiscard]] std::vector<pid_t> worker_pids() const {
    std::vector<pid_t> pids;
    for (const auto& [pid, worker] : workers_) pids.push_back(pid);
    return pids;
  }

  std::vector<std::unique_ptr<session>> sessions_;  // the first is that of the server itself
  descriptor lifeline_;
  descriptor parent_;
  descriptor child_signals_;
  pid_t self_;
  unsigned threads_ = 1;
  bool workers_lead_groups_ = false;  // each worker, so that its children can be found
  std::uint64_t workers_started_ = 0;
  std::optional<worker_groups> groups_;  // if workers make any
  std::unordered_map<pid_t, started_worker> workers_;
};

}  // namespace

void run_fork_server(descriptor socket, descriptor lifeline) noexcept {
  {
    fork_server server(std::move(socket), std::move(lifeline));
    server.run();
    // Before the socket is closed: whoever sees its end may rely on it that nothing is left.
    server.end_all();
  }
  ::_exit(0);
}

}  // namespace tridem::detail
