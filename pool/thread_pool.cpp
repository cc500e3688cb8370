// SPDX-License-Identifier: MIT
// The public face of the crew.
#include "pool/threads/thread_crew.hpp"

#include <tridem/pool/thread_pool.hpp>

namespace tridem {

thread_pool::thread_pool(thread_pool_options options)
    : crew_(std::make_unique<detail::thread_crew>(std::move(options))) {}

thread_pool::~thread_pool() = default;

thread_pool_stats thread_pool::stats() const noexcept {
  return crew_->stats();
}

std::size_t thread_pool::size() const noexcept {
  return crew_->options().threads;
}

}  // namespace tridem
