// SPDX-License-Identifier: MIT
// The threads that ask getaddrinfo, and how an answer finds its task, if that still waits.
#include <tridem/pool/detail/lookup.hpp>
#include <tridem/runtime/detail/inbox.hpp>
#include <tridem/runtime/event_loop.hpp>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <list>
#include <mutex>
#include <netdb.h>
#include <netinet/in.h>
#include <new>
#include <pthread.h>
#include <signal.h>
#include <string_view>
#include <sys/socket.h>
#include <system_error>
#include <thread>

namespace tridem::detail {

using lookup_line = std::list<std::shared_ptr<lookup_job>>;

/// Owned by the awaiter and by whoever works on it.
class lookup_job final : public inbox_node {
 public:
  enum class state : unsigned char { waiting, running, abandoned, posted };

  lookup_job(lookup_question&& what, lookup_awaiter& waiting_task) noexcept
      : question(std::move(what)), awaiter(&waiting_task) {}
  void arrive() noexcept override { awaiter->waiter->complete(); }
  void abandon() noexcept override {}  // a loop does not end before its tasks

  const lookup_question question;
  lookup_awaiter* const awaiter;  // used on its loop's thread, and not once the job is abandoned
  lookup_answer answer;           // written by a thread before the job is posted
  event_loop* home = nullptr;
  state now = state::waiting;   // guarded by the lock of the resolver
  lookup_line::iterator place;  // in the line, while it is waiting
};

namespace {

/// The lookups of this process. Threads are started when there is work, and end when there is none
/// left: nobody has to stop them.
class resolver {
 public:
  // Never destroyed: a lookup that nobody waits for may outlive main.
  static resolver& of_process() {
    static auto& only = *new resolver;
    return only;
  }

  void begin(const std::shared_ptr<lookup_job>& job) {
    const std::lock_guard guard(lock_);
    job->place = line_.insert(line_.end(), job);
    if (threads_ == max_lookups) return;
    try {
      start_thread();
      ++threads_;
    } catch (const std::system_error&) {
      if (threads_ > 0) return;  // they will come to it
      line_.erase(job->place);
      throw;
    }
  }

  /// False when the answer is on its way already.
  bool abandon(lookup_job& job) noexcept {
    const std::lock_guard guard(lock_);
    if (job.now == lookup_job::state::posted) return false;
    if (job.now == lookup_job::state::waiting) line_.erase(job.place);
    job.now = lookup_job::state::abandoned;
    return true;
  }

 private:
  void start_thread() {
    // Signals are for the threads of the program.
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    try {
      std::thread(&resolver::work, this).detach();
    } catch (...) {
      ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
      throw;
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }

  void work() noexcept {
    ::pthread_setname_np(::pthread_self(), "resolve");
    std::unique_lock guard(lock_);
    while (!line_.empty()) {
      const std::shared_ptr<lookup_job> job = std::move(line_.front());
      line_.pop_front();
      job->now = lookup_job::state::running;
      guard.unlock();
      job->answer = look_up(job->question);
      guard.lock();
      if (job->now == lookup_job::state::abandoned) continue;
      job->now = lookup_job::state::posted;
      // Under the lock: a task that gives up would let its loop end.
      job->home->post(*job);
    }
    --threads_;
  }

  std::mutex lock_;
  lookup_line line_;
  int threads_ = 0;
};

int flags_of(const lookup_question& question) noexcept {
  const bool is_number =
      std::ranges::all_of(question.service, [](char c) { return c >= '0' && c <= '9'; });
  return (question.numeric_only ? AI_NUMERICHOST : 0) |
         (question.numeric_only || is_number ? AI_NUMERICSERV : 0);
}

// What getaddrinfo(3) takes for something else than it is.
int refusal_of(const lookup_question& question) noexcept {
  constexpr auto has_zero = [](std::string_view text) {
    return text.find('\0') != std::string_view::npos;
  };
  if (question.host.empty() || has_zero(question.host)) return EAI_NONAME;
  if (has_zero(question.service)) return EAI_SERVICE;
  if (question.family == address_family::local) return EAI_FAMILY;
  const std::string& service = question.service;
  std::uint16_t port = 0;
  const auto parsed = std::from_chars(service.data(), service.data() + service.size(), port);
  return parsed.ec == std::errc::result_out_of_range ? EAI_SERVICE : 0;
}

}  // namespace

lookup_answer look_up(const lookup_question& question) {
  lookup_answer answer;
  answer.error = refusal_of(question);
  if (answer.error != 0) return answer;
  ::addrinfo hints{};
  hints.ai_flags = flags_of(question);
  hints.ai_socktype = SOCK_STREAM;  // any one: without it each address comes once for each type
  if (question.family == address_family::ipv4) hints.ai_family = AF_INET;
  if (question.family == address_family::ipv6) hints.ai_family = AF_INET6;
  ::addrinfo* found = nullptr;
  answer.error =
      ::getaddrinfo(question.host.c_str(),
                    question.service.empty() ? nullptr : question.service.c_str(), &hints, &found);
  answer.system_error = answer.error == EAI_SYSTEM ? errno : 0;
  if (answer.error != 0) return answer;
  try {
    for (const ::addrinfo* at = found; at != nullptr; at = at->ai_next) {
      answer.addresses.push_back(address::from_native(at->ai_addr, at->ai_addrlen));
    }
  } catch (const std::bad_alloc&) {
    answer.error = EAI_MEMORY;
  }
  ::freeaddrinfo(found);
  return answer;
}

lookup_awaiter::lookup_awaiter(lookup_question&& question)
    : job_(std::make_shared<lookup_job>(std::move(question), *this)) {}

lookup_awaiter::~lookup_awaiter() = default;

void lookup_awaiter::begin(loop_core& home) {
  job_->home = static_cast<event_loop*>(&home);
  resolver::of_process().begin(job_);
}

void lookup_awaiter::request_cancel() noexcept {
  if (!resolver::of_process().abandon(*job_)) return;  // the answer is there, and wins
  cut_short_ = true;
  waiter->complete();
}

lookup_answer lookup_awaiter::await_resume() {
  if (cut_short_) throw_cancelled();
  return std::move(job_->answer);
}

void lookup_awaiter::describe(char* out, std::size_t size) const noexcept {
  std::snprintf(out, size, "resolve '%s'", job_->question.host.c_str());
}

}  // namespace tridem::detail
