// SPDX-License-Identifier: MIT
// The pool itself: makes its core when a loop first uses it, and ends it.
#include "pool/processes/process_core.hpp"
#include "pool/threads/usable_cpus.hpp"

#include <tridem/pool/process_pool.hpp>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace tridem {

process_pool::process_pool(process_pool_options options, detail::server_use use)
    : options_(std::move(options)), use_(use) {
  if (options_.workers == 0) options_.workers = detail::usable_cpus();
  options_.max_pending = std::max<std::size_t>(options_.max_pending, 1);
}

process_pool::~process_pool() {
  if (core_ && !core_->ended.is_set()) {
    core_->home.check_thread("the destructor of a process_pool");
    core_->destroy();
  }
}

detail::process_core& process_pool::bind(event_loop& home) {
  // A loop that has ended has closed its core behind it; the next one gets one of its own.
  if (core_ && core_->ended.is_set() && !closed_) core_.reset();
  if (!core_) {
    auto made = std::make_shared<detail::process_core>(home, options_, use_);
    detail::process_core::start(made);
    core_ = std::move(made);
  }
  core_->home.check_thread("a call of a process_pool");
  return *core_;
}

task<> process_pool::room() {
  while (core_ && !core_->has_room()) co_await core_->room.wait();
}

task<> process_pool::shutdown(shutdown_mode mode, duration patience) {
  closed_ = true;
  const auto core = core_;
  if (!core) co_return;
  if (!core->ended.is_set()) core->close(mode, patience);
  co_await core->ended.wait();
}

void process_pool::resize(std::size_t workers) {
  options_.workers = std::max<std::size_t>(workers, 1);
  if (!core_ || core_->ended.is_set()) return;
  core_->home.check_thread("process_pool::resize");
  core_->resize(options_.workers);
}

process_pool_stats process_pool::stats() const {
  return core_ ? core_->stats() : process_pool_stats{};
}

namespace detail {

bool process_call::enqueue(loop_core& home) noexcept {
  try {
    if (pool->closed_ && pool->core_ == nullptr) {
      throw pool_closed("call " + std::string(job->name()) + ": the process pool is closed");
    }
    return pool->bind(static_cast<event_loop&>(home)).enqueue(*this);
  } catch (...) {
    fail(std::current_exception());
    where = state::done;
    return false;
  }
}

void process_call::request_cancel() noexcept {
  core->cancel(*this);
}

void process_call::fire() noexcept {
  core->deadline_passed(*this);
}

void process_call::describe(char* out, std::size_t size) const noexcept {
  const std::string_view name = job->name();
  const int length = static_cast<int>(name.size());
  if (where == state::given && worker != nullptr) {
    std::snprintf(out, size, "process pool: %.*s, given to worker %d", length, name.data(),
                  worker->pid);
  } else {
    std::snprintf(out, size, "process pool: %.*s, until a worker is free", length, name.data());
  }
}

}  // namespace detail

}  // namespace tridem
