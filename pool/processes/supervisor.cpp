// SPDX-License-Identifier: MIT
// Starting and stopping workers, and what their timers mean.
#include "pool/processes/supervisor.hpp"

#include "pool/processes/event_keys.hpp"
#include "pool/processes/shared_servers.hpp"
#include "pool/threads/usable_cpus.hpp"

#include <tridem/pool/errors.hpp>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <string>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace tridem::detail {

namespace {

// A loaded machine and a sanitizer may need a second for it; a stopped fork server needs for ever.
constexpr duration start_patience = std::chrono::seconds(20);
constexpr duration leave_patience = std::chrono::seconds(2);
constexpr duration longest_pause = std::chrono::seconds(1);
constexpr std::chrono::milliseconds kill_patience{2000};

}  // namespace

supervisor::supervisor(event_loop& home, const process_pool_options& options, server_use use,
                       supervisor_client& client)
    : home_(home),
      options_(options),
      use_(use),
      client_(client),
      events_(::epoll_create1(EPOLL_CLOEXEC)),
      nudge_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!events_ || !nudge_) {
    throw std::system_error(errno, std::system_category(), "prepare a process pool");
  }
  watch(nudge_.get(), nudge_key);
  const std::size_t cpus = usable_cpus();
  bell_.words().max_spinners.store(static_cast<std::uint32_t>(cpus - 1));
}

supervisor::~supervisor() {
  kill_all();
}

void supervisor::watch(int number, std::uint64_t key) noexcept {
  ::epoll_event wanted{};
  wanted.events = EPOLLIN;
  wanted.data.u64 = key;
  (void)::epoll_ctl(events_.get(), EPOLL_CTL_ADD, number, &wanted);
}

void supervisor::unwatch(int number) noexcept {
  if (number >= 0) (void)::epoll_ctl(events_.get(), EPOLL_CTL_DEL, number, nullptr);
}

void supervisor::nudge() noexcept {
  const std::uint64_t one = 1;
  (void)!::write(nudge_.get(), &one, sizeof(one));
}

void supervisor::arm(worker_link::timer& timer, duration after) noexcept {
  disarm(timer);
  home_.add_timer(timer, home_.fresh_now() + after);
}

void supervisor::disarm(timer_node& timer) noexcept {
  if (timer.is_armed()) home_.remove_timer(timer);
}

worker_link* supervisor::find(std::uint64_t number) noexcept {
  const auto found = std::ranges::find_if(
      workers_, [number](const auto& worker) { return worker->number == number; });
  return found == workers_.end() ? nullptr : found->get();
}

bool supervisor::can_start() const noexcept {
  return !broken_ && !letting_go_ && home_.fresh_now() >= not_before_;
}

void supervisor::ensure_server() {
  if (server_) return;
  server_said_hello_ = false;
  const fork_server_settings how{options_.worker_executable, options_.environment,
                                 options_.limits.clean_environment};
  server_ = use_ == server_use::own ? std::make_unique<fork_server_client>(how)
                                    : std::make_unique<fork_server_client>(
                                          home_.attachment<shared_servers>().find_or_start(how));
  watch(server_->socket(), server_key);
  oom_kills_.watch(server_->pid());
}

worker_link* supervisor::start_worker() noexcept {
  if (!can_start()) return nullptr;
  try {
    ensure_server();
    // Its end will be told by its socket; until then nothing can be started.
    if (server_->has_hung_up()) return nullptr;
    worker_descriptors passed;
    worker_watcher& watcher = *this;
    auto made = std::make_unique<worker_link>(last_number_ + 1, bell_, watcher, passed);
    const worker_limits& limits = options_.limits;
    const bool makes_groups = limits.memory != 0 || limits.processes != 0;
    if (!server_->request_worker(made->number, passed, makes_groups)) return nullptr;
    workers_.push_back(std::move(made));
  } catch (const pool_start_error&) {
    note_failure(std::current_exception(), true);
    return nullptr;
  } catch (const std::exception&) {
    note_failure(std::current_exception(), false);
    return nullptr;
  }
  ++last_number_;
  disarm(rest_);
  worker_link& worker = *workers_.back();
  watch(worker.errors.number(), errors_key(worker.number));
  arm(worker.stage_timer, start_patience);
  return &worker;
}

void supervisor::note_failure(std::exception_ptr why, bool is_final) noexcept {
  if (broken_) return;
  ++failures_;
  duration pause = longest_pause;
  if (failures_ < 8) pause = std::min(longest_pause, first_start_pause * (1 << (failures_ - 1)));
  const std::size_t limit = std::max<std::size_t>(3, 2 * options_.workers);
  if (is_final || failures_ >= limit) {
    broken_ = std::move(why);
    client_.start_impossible(broken_);
    return;
  }
  pause_starts(pause);
}

void supervisor::pause_starts(duration pause) noexcept {
  not_before_ = home_.fresh_now() + pause;
  disarm(retry_);
  home_.add_timer(retry_, not_before_);
}

void supervisor::stop(worker_link& worker, std::uint64_t sequence, duration grace) noexcept {
  if (worker.stage != worker_link::stop_stage::none) {
    // A deadline may come while a cancellation is already under way: the shorter grace counts.
    if (grace >= worker.grace || worker.stage == worker_link::stop_stage::killing) return;
  } else {
    worker.memory().request_cancel(sequence);
    worker.stop_sequence = sequence;
    worker.stage = worker_link::stop_stage::asked;
  }
  worker.grace = grace;
  arm(worker.stage_timer, grace);
}

void supervisor::results_came(worker_link& worker) noexcept {
  note_success();
  if (worker.stage != worker_link::stop_stage::asked) return;
  if (worker.last_result < worker.stop_sequence) return;
  worker.stage = worker_link::stop_stage::none;
  disarm(worker.stage_timer);
}

void supervisor::kill_broken(worker_link& worker, std::exception_ptr why) noexcept {
  worker.broken = std::move(why);
  worker.stage = worker_link::stop_stage::killing;
  worker.lifeline.reset();
  worker.signal(SIGKILL);
}

void supervisor::retire(worker_link& worker) noexcept {
  if (worker.state == worker_link::life::dying) return;
  worker.state = worker_link::life::retiring;
  if (!worker.is_idle() || worker.is_closing) return;
  if (client_.give_last_call(worker)) return arm(worker.stage_timer, leave_patience);
  worker.is_closing = true;
  worker.memory().close();
  arm(worker.stage_timer, leave_patience);
}

void supervisor::watch_head(worker_link& worker) noexcept {
  if (options_.task_timeout <= duration::zero()) return;
  if (worker.open.empty() || worker.open.front().is_of_worker) return disarm(worker.run_timer);
  const std::uint64_t head = worker.open.front().sequence;
  if (worker.run_timer.is_armed() && worker.head_sequence == head) return;
  worker.head_sequence = head;
  arm(worker.run_timer, options_.task_timeout);
}

void supervisor::ran_too_long(worker_link& worker) noexcept {
  // A call whose result lies there has not run too long.
  client_.drain(worker);
  const process_call* running = worker.claimed_call();
  if (running != nullptr && running->sequence == worker.head_sequence) {
    client_.task_timed_out(worker);
  } else {
    // It has not begun: its time is still to come.
    watch_head(worker);
  }
}

void supervisor::stage_passed(worker_link& worker) noexcept {
  if (worker.state == worker_link::life::dying) return bury(worker);
  switch (worker.stage) {
    case worker_link::stop_stage::none:
      if (worker.state == worker_link::life::starting && worker.pid == 0) {
        // The fork server does not answer, so it is of no use to anybody.
        if (server_) server_->kill_server();
      } else {
        worker.stage = worker_link::stop_stage::killing;
        worker.lifeline.reset();
        worker.signal(SIGKILL);
      }
      return;
    case worker_link::stop_stage::asked:
      worker.stage = worker_link::stop_stage::terming;
      worker.signal(SIGTERM);
      client_.give_up_queue(worker);
      arm(worker.stage_timer, worker.grace);
      return;
    case worker_link::stop_stage::terming:
      worker.stage = worker_link::stop_stage::killing;
      worker.lifeline.reset();
      worker.signal(SIGKILL);
      return;
    case worker_link::stop_stage::killing:
      return;
  }
}

void supervisor::rest_when_idle() noexcept {
  if (use_ == server_use::own || letting_go_ || !workers_.empty() || !server_) return;
  disarm(rest_);
  home_.add_timer(rest_, home_.fresh_now() + server_lingers);
}

void supervisor::let_go() noexcept {
  letting_go_ = true;
  disarm(retry_);
  disarm(rest_);
  for (const auto& worker : workers_) {
    worker->stage = worker_link::stop_stage::killing;
    worker->lifeline.reset();
  }
  // The server ends all that is below it before its socket, which we keep half open, ends.
  if (server_) server_->let_go();
}

void supervisor::kill_all() noexcept {
  letting_go_ = true;
  disarm(retry_);
  disarm(rest_);
  for (const auto& worker : workers_) worker->lifeline.reset();
  if (server_) {
    unwatch(server_->socket());
    server_->end(kill_patience);
    server_.reset();
  }
  while (!workers_.empty()) {
    worker_link& worker = *workers_.back();
    worker.errors.finish();
    disarm(worker.stage_timer);
    disarm(worker.run_timer);
    client_.worker_died(worker);
    workers_.pop_back();
  }
}

}  // namespace tridem::detail
