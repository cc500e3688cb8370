// SPDX-License-Identifier: MIT
// The worker process: bind its life to the parent's, then claim, decode, call, publish.
#include "pool/worker/worker_main.hpp"

#include "pool/worker/cancel_event.hpp"
#include "pool/worker/cancel_watch.hpp"
#include "pool/worker/lifeline.hpp"
#include "pool/worker/mapping_cache.hpp"
#include "pool/worker/worker_channel.hpp"

#include <tridem/pool/exception_codec.hpp>
#include <tridem/pool/job.hpp>
#include <tridem/pool/worker.hpp>
#include <tridem/runtime/detail/throw_probe.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <iostream>
#include <limits>
#include <string>
#include <sys/prctl.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace tridem {

namespace {

/// The call that runs now, for cancel_requested and stop tokens.
struct running_call {
  detail::worker_channel* channel = nullptr;
  detail::cancel_watch* watch = nullptr;
  std::atomic<std::uint64_t> sequence{0};
};

constinit running_call running;

}  // namespace

bool cancel_requested() noexcept {
  const std::uint64_t sequence = running.sequence.load(std::memory_order_acquire);
  return sequence != 0 && running.channel->is_cancelled(sequence);
}

bool is_worker_process() noexcept {
  return running.channel != nullptr;
}

namespace detail {

void construct_stop_token(void* storage) {
  running.watch->construct_token(storage);
}

int cancel_event() noexcept {
  return running.watch != nullptr ? running.watch->event() : -1;
}

void clear_cancel_event() noexcept {
  if (running.watch != nullptr) running.watch->clear_event();
}

namespace {

using steady = std::chrono::steady_clock;

/// Publishes what a job returned, at once: its value may live no longer than the call.
class publishing_reply final : public job_reply {
 public:
  /// @param since  When the call has begun; becomes when it has ended.
  publishing_reply(worker_channel& channel, std::uint64_t sequence, steady::time_point& since)
      : channel_(channel), sequence_(sequence), since_(since) {}

  void value(const encodable& result) override { publish(result_kind::value, result); }

  void publish(result_kind kind, const encodable& result) {
    const steady::time_point begun = std::exchange(since_, steady::now());
    const auto spent = std::chrono::nanoseconds(since_ - begun).count();
    const auto most = std::int64_t{std::numeric_limits<std::uint32_t>::max()};
    channel_.publish(sequence_, kind, result,
                     static_cast<std::uint32_t>(std::min<std::int64_t>(spent, most)));
    published_ = true;
  }

  [[nodiscard]] bool published() const noexcept { return published_; }

 private:
  worker_channel& channel_;
  std::uint64_t sequence_;
  steady::time_point& since_;
  bool published_ = false;
};

void publish_exception(publishing_reply& reply, const std::exception_ptr& thrown) {
  reply.publish(result_kind::exception,
                {[](message_writer& out, const void* object) {
                   encode_exception(out, *static_cast<const std::exception_ptr*>(object));
                 },
                 &thrown});
}

class worker {
 public:
  worker(worker_descriptors& from)
      : bell_(std::move(from.bell), std::move(from.bell_event)),
        channel_(std::move(from.channel), std::move(from.socket), bell_),
        watch_(channel_) {
    running.channel = &channel_;
    running.watch = &watch_;
    mapping_cache::of_process().enable();
    for (std::uint32_t index = 1; const job_entry* entry = find_job(index); ++index) {
      jobs_.push_back(entry);
    }
  }

  void run() {
    for (;;) {
      worker_channel::request call;
      if (!channel_.claim(call)) return;
      // A call that was waiting already begins where the one before has ended: the clock is read
      // once for each of them.
      if (channel_.has_waited()) since_ = steady::now();
      running.sequence.store(call.sequence, std::memory_order_release);
      perform(call);
      running.sequence.store(0, std::memory_order_release);
      watch_.forget();
      channel_.finish(call);
    }
  }

 private:
  void perform(worker_channel::request& call) {
    publishing_reply reply(channel_, call.sequence, since_);
    throw_watch watch;
    try {
      if (call.job == 0 || call.job > jobs_.size()) {
        throw malformed_message("malformed message: it asks for function " +
                                std::to_string(call.job) + " of " + std::to_string(jobs_.size()));
      }
      message_reader in(call.bytes, call.descriptors, message_reader::views::allowed);
      jobs_[call.job - 1]->invoker()(in, reply);
    } catch (const throw_probe&) {
    } catch (...) {
      // Once published, the result stands; a destructor that throws afterwards changes nothing.
      if (!reply.published()) publish_exception(reply, std::current_exception());
    }
  }

  doorbell bell_;
  worker_channel channel_;
  cancel_watch watch_;
  steady::time_point since_;
  std::vector<const job_entry*> jobs_;
};

/// What a user sees of a job that wrote to std::cout must not be lost, nor come twice.
void flush_output() noexcept {
  std::fflush(nullptr);
  try {
    std::cout.flush();
    std::clog.flush();
  } catch (...) {
    // The stream was told to throw; there is nobody left to tell.
  }
}

void prepare_process(worker_descriptors& descriptors, int server) noexcept {
  ::prctl(PR_SET_NAME, "tridem-worker");
  // The server is single-threaded, so the thread to whose death this is bound is the process.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != server) ::_exit(0);
  // The server arms it too; a job may run before that.
  (void)arm_lifeline(descriptors.lifeline.get(), SIGKILL);
  if (lifeline_is_cut(descriptors.lifeline.get())) ::_exit(0);
  ::dup2(descriptors.error_output.get(), STDERR_FILENO);
  descriptors.error_output.reset();

  // A write to a pipe without a reader is an error of the job, not the end of its worker.
  struct sigaction pipe_action{};
  ::sigaction(SIGPIPE, nullptr, &pipe_action);
  if ((pipe_action.sa_flags & SA_SIGINFO) == 0 && pipe_action.sa_handler == SIG_DFL) {
    ::signal(SIGPIPE, SIG_IGN);
  }
  ::sigset_t none;
  ::sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
}

}  // namespace

void run_worker(worker_descriptors descriptors, int server) noexcept {
  prepare_process(descriptors, server);
  int exit_code = 0;
  try {
    worker self(descriptors);
    self.run();
    flush_output();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "tridem: a worker process gives up: %s\n", error.what());
    exit_code = 1;
  }
  // Not exit(): static destructors belong to the user's program, and this process never ran main.
  ::_exit(exit_code);
}

}  // namespace detail

}  // namespace tridem
