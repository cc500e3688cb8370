// SPDX-License-Identifier: MIT
// Making a worker's ends, and the bookkeeping of its calls.
#include "pool/processes/worker_link.hpp"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/syscall.h>
#include <system_error>
#include <unistd.h>

namespace tridem::detail {

namespace {

descriptor duplicate(int number) {
  descriptor copy(::fcntl(number, F_DUPFD_CLOEXEC, 3));
  if (!copy) throw std::system_error(errno, std::system_category(), "prepare a worker process");
  return copy;
}

}  // namespace

descriptor worker_link::create_pipes(worker_descriptors& passed, descriptor& lifeline) {
  int errors[2];
  int life[2];
  if (::pipe2(errors, O_CLOEXEC) != 0) {
    throw std::system_error(errno, std::system_category(), "create the stderr of a worker process");
  }
  descriptor read_end(errors[0]);
  passed.error_output.reset(errors[1]);
  // Only our end: the worker's std::cerr must block, or it would break for good when it is full.
  ::fcntl(read_end.get(), F_SETFL, O_RDONLY | O_NONBLOCK);
  if (::pipe2(life, O_CLOEXEC) != 0) {
    throw std::system_error(errno, std::system_category(), "create a lifeline");
  }
  passed.lifeline.reset(life[0]);
  lifeline.reset(life[1]);
  return read_end;
}

worker_link::worker_link(std::uint64_t name, const doorbell& bell, worker_watcher& watcher,
                         worker_descriptors& passed)
    : number(name),
      errors(create_pipes(passed, lifeline)),
      stage_timer(watcher, *this, &worker_watcher::stage_passed),
      run_timer(watcher, *this, &worker_watcher::ran_too_long) {
  passed.channel = duplicate(channel_.memory());
  passed.socket = std::move(channel_.worker_socket());
  passed.bell = duplicate(bell.memory());
  passed.bell_event = duplicate(bell.event());
}

std::size_t worker_link::depth() const noexcept {
  if (state == life::starting) return 1;
  if (average_ns_ < 0 || average_ns_ > 100'000) return 2;
  if (average_ns_ > 20'000) return 8;
  if (average_ns_ > 5'000) return 32;
  return 64;
}

void worker_link::note_duration(std::uint32_t nanoseconds) noexcept {
  average_ns_ = average_ns_ < 0 ? nanoseconds : average_ns_ * 0.875 + nanoseconds * 0.125;
  ++completed;
  is_full = false;
  was_ready = true;
}

bool worker_link::give(process_call& call, std::size_t limit) {
  const std::uint64_t sequence = channel_.publish(*call.job, call.arguments, limit);
  if (sequence == 0) {
    is_full = true;
    return false;
  }
  call.where = process_call::state::given;
  call.worker = this;
  call.pid = pid;
  call.sequence = sequence;
  open.push_back(call);
  ++open_count;
  given += !call.is_of_worker;
  needs_wake = true;
  return true;
}

void worker_link::remove(process_call& call) noexcept {
  call_list::erase(call);
  call.worker = nullptr;
  --open_count;
}

bool worker_link::take_back(process_call& call) noexcept {
  if (call.is_of_worker || !channel_.take_back(call.sequence)) return false;
  remove(call);
  --given;
  return true;
}

process_call* worker_link::take_back_last() noexcept {
  if (open.empty()) return nullptr;
  process_call& last = open.pop_back();
  open.push_back(last);
  return take_back(last) ? &last : nullptr;
}

process_call* worker_link::find(std::uint64_t sequence) noexcept {
  // Results come in the order of the calls, so it is the first one.
  if (open.empty() || open.front().sequence != sequence) return nullptr;
  return &open.front();
}

process_call* worker_link::claimed_call() noexcept {
  if (open.empty() || !channel_.is_claimed(open.front().sequence)) return nullptr;
  return &open.front();
}

void worker_link::signal(int which) noexcept {
  if (pidfd) (void)::syscall(SYS_pidfd_send_signal, pidfd.get(), which, nullptr, 0);
}

}  // namespace tridem::detail
