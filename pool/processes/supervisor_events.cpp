// SPDX-License-Identifier: MIT
// What the fork server says, what workers write and how they end: the events of a supervisor.
#include "pool/processes/event_keys.hpp"
#include "pool/processes/supervisor.hpp"

#include <tridem/pool/errors.hpp>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <string>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace tridem::detail {

namespace {

// How long the fork server may take to say how a worker ended that is seen to be dead.
constexpr duration status_patience = std::chrono::milliseconds(100);

bool was_ended_by(const std::optional<int>& status, int signal) noexcept {
  return status && WIFSIGNALED(*status) && WTERMSIG(*status) == signal;
}

/// Somebody else's doing: the start itself is as good as before.
bool was_killed(const std::optional<int>& status) noexcept {
  return was_ended_by(status, SIGKILL) || was_ended_by(status, SIGTERM);
}

pool_start_error early_end(const std::optional<int>& status) {
  std::string text =
      "start worker processes: the fork server, which is this program once more, ended before it "
      "was ready";
  if (status && WIFSIGNALED(*status)) {
    text += " (killed by signal " + std::to_string(WTERMSIG(*status)) + ")";
  } else if (status && WIFEXITED(*status)) {
    text += " (exit code " + std::to_string(WEXITSTATUS(*status)) + ")";
  }
  return pool_start_error(text +
                          "; look for what its static initialisers do, or what it printed to "
                          "stderr");
}

}  // namespace

void supervisor::step() noexcept {
  std::array<::epoll_event, 32> ready;
  const int count = ::epoll_wait(events_.get(), ready.data(), static_cast<int>(ready.size()), 0);
  for (int i = 0; i < count; ++i) {
    const std::uint64_t key = ready[static_cast<std::size_t>(i)].data.u64;
    if (key == nudge_key) {
      std::uint64_t drained;
      (void)!::read(nudge_.get(), &drained, sizeof(drained));
    } else if (key == server_key) {
      serve_server();
    } else if (worker_link* worker = find(key / 2)) {
      if (key == errors_key(worker->number)) {
        if (ready[static_cast<std::size_t>(i)].events & EPOLLIN) {
          worker->errors.drain();
        } else {
          // The end of the file: the worker closed it, or is about to be reported dead.
          unwatch(worker->errors.number());
        }
      } else {
        process_ended(*worker);
      }
    }
  }
}

void supervisor::serve_server() noexcept {
  if (!server_) return;
  try {
    while (auto message = server_->receive()) {
      handle(*message);
      if (!server_) return;
    }
    if (!server_->is_gone()) return;
  } catch (const std::exception&) {
    // Another build, or another protocol: trying again would not help.
    note_failure(std::current_exception(), true);
  }
  server_is_gone();
}

void supervisor::handle(fork_server_client::message& message) {
  if (message.content.kind == server_message_kind::hello) {
    server_->check_hello(message.content);
    server_said_hello_ = true;
    return;
  }
  worker_link* worker = find(message.content.worker);
  if (worker == nullptr) return;
  switch (message.content.kind) {
    case server_message_kind::started:
      started(*worker, message);
      return;
    case server_message_kind::not_started:
      worker->broken = std::make_exception_ptr(std::system_error(
          message.content.status, std::system_category(), "fork a worker process"));
      bury(*worker);
      return;
    case server_message_kind::ended:
      worker->status = message.content.status;
      worker->out_of_memory = message.content.out_of_memory != 0;
      process_ended(*worker);
      return;
    default:
      return;
  }
}

void supervisor::started(worker_link& worker, fork_server_client::message& message) noexcept {
  worker.pid = message.content.pid;
  worker.open.for_each([&worker](process_call& call) { call.pid = worker.pid; });
  worker.pidfd = std::move(message.pidfd);
  if (worker.pidfd) watch(worker.pidfd.get(), pidfd_key(worker.number));
  if (worker.state == worker_link::life::starting) {
    worker.state = worker_link::life::running;
    if (worker.stage == worker_link::stop_stage::none) disarm(worker.stage_timer);
  }
  // What was decided before the process was known.
  if (worker.stage == worker_link::stop_stage::terming) worker.signal(SIGTERM);
  if (worker.stage == worker_link::stop_stage::killing) worker.signal(SIGKILL);
  client_.workers_changed();
}

void supervisor::server_is_gone() noexcept {
  const auto gone = std::move(server_);
  unwatch(gone->socket());
  gone->end(std::chrono::milliseconds(200));
  if (!server_said_hello_ && !letting_go_) {
    if (was_killed(gone->status())) {
      pause_starts(first_start_pause);
    } else {
      note_failure(std::make_exception_ptr(early_end(gone->status())), false);
    }
  }
  // Workers die with their server; one that was stopped before it could ask for that dies so.
  for (std::size_t i = workers_.size(); i-- > 0;) {
    worker_link& worker = *workers_[i];
    worker.lifeline.reset();
    if (!worker.pidfd) {
      // It was never started, or nobody told us.
      process_ended(worker);
    } else if (worker.state == worker_link::life::dying) {
      bury(worker);
    }
  }
  client_.workers_changed();
}

void supervisor::process_ended(worker_link& worker) noexcept {
  if (worker.state != worker_link::life::dying) {
    // The worker's memory is as it left it: results it published are as good as any.
    worker.was_ready = worker.was_ready || worker.memory().worker_is_ready();
    client_.drain(worker);
    worker.errors.finish();
    unwatch(worker.errors.number());
    unwatch(worker.pidfd.get());
    worker.state = worker_link::life::dying;
    disarm(worker.run_timer);
  }
  if (worker.status || !server_) return bury(worker);
  arm(worker.stage_timer, status_patience);
}

void supervisor::bury(worker_link& worker) noexcept {
  const auto found = std::ranges::find_if(
      workers_, [&](const auto& candidate) { return candidate.get() == &worker; });
  const auto dead = std::move(*found);
  workers_.erase(found);
  disarm(dead->stage_timer);
  disarm(dead->run_timer);
  unwatch(dead->errors.number());
  unwatch(dead->pidfd.get());
  if (dead->memory().died_spinning()) bell_.words().spinners.fetch_sub(1);
  // Its own group says so, or that of the server: which may count it too, so that is looked at.
  const bool was_counted = was_ended_by(dead->status, SIGKILL) && oom_kills_.take_one();
  dead->out_of_memory = was_counted || (dead->out_of_memory && was_ended_by(dead->status, SIGKILL));
  client_.worker_died(*dead);
  const bool was_set_up = dead->was_ready && dead->setup_left == 0;
  const bool has_failed = !was_set_up && !letting_go_ && server_ != nullptr;
  if (has_failed && !dead->broken && was_killed(dead->status) && !dead->out_of_memory) {
    pause_starts(first_start_pause);
  } else if (has_failed) {
    note_failure(dead->broken ? dead->broken
                              : std::make_exception_ptr(pool_start_error(
                                    "start worker processes: workers end before they are ready")),
                 false);
  }
  rest_when_idle();
  client_.workers_changed();
}

}  // namespace tridem::detail
