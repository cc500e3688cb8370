// SPDX-License-Identifier: MIT
// The public face of the crew, and how it ends.
#include "pool/threads/thread_crew.hpp"

#include <tridem/pool/thread_pool.hpp>
#include <tridem/runtime/assert.hpp>
#include <tridem/runtime/exception.hpp>
#include <tridem/runtime/wait_for.hpp>

#include <algorithm>
#include <string>

namespace tridem {
namespace {

using end_of_crew = detail::crew_awaitable<detail::end_awaiter>;

// False when the threads have not ended after `limit`; zero is for ever.
task<bool> ends_within(detail::thread_crew& crew, duration limit) {
  if (limit <= duration::zero()) {
    co_await end_of_crew(crew);
    co_return true;
  }
  bool in_time = true;
  try {
    co_await wait_for(end_of_crew(crew), limit);
  } catch (const timeout_error&) {
    in_time = false;
  }
  co_return in_time;
}

task<> end_crew(detail::thread_crew& crew, shutdown_mode mode, duration patience) {
  TRIDEM_ASSERT(detail::thread_crew::of_this_thread() != &crew,
                "shutdown of a thread pool was awaited in a job of that pool, which would wait for "
                "itself; await it in a task outside");
  const duration grace = std::max<duration>(crew.options().grace, std::chrono::nanoseconds(1));
  if (mode == shutdown_mode::drain) {
    const bool drained = co_await ends_within(crew, patience);
    if (drained) co_return;
    patience = grace;
  } else if (mode == shutdown_mode::kill) {
    patience = patience > duration::zero() ? std::min(patience, grace) : grace;
  }
  crew.stop_jobs("was shut down");
  const bool stopped = co_await ends_within(crew, patience);
  if (stopped) co_return;
  throw timeout_error("thread pool '" + crew.options().name + "' has been asked to end, and " +
                      std::to_string(crew.stats().running) +
                      " of its jobs go on. Nothing ends a thread from outside: give such jobs a "
                      "std::stop_token, and let them look at it");
}

}  // namespace

thread_pool::thread_pool(thread_pool_options options)
    : crew_(std::make_unique<detail::thread_crew>(std::move(options))) {}

thread_pool::~thread_pool() = default;

task<> thread_pool::shutdown(shutdown_mode mode, duration patience) {
  return end_crew(*crew_, mode, patience);
}

thread_pool_stats thread_pool::stats() const noexcept {
  return crew_->stats();
}

std::size_t thread_pool::size() const noexcept {
  return crew_->options().threads;
}

}  // namespace tridem
