// SPDX-License-Identifier: MIT
// A table with a place for each permit; whoever holds the permit stands in it.
#include "pool/mp/waiting.hpp"

#include <tridem/pool/detail/process_identity.hpp>
#include <tridem/pool/mp_semaphore.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>

namespace tridem::mp {

using detail::care;
using detail::mp_block;
using detail::turnstile;

namespace {

using place = std::atomic<std::uint64_t>;  // a process_identity; nobody when the permit is free

struct layout {
  detail::mp_header header;
  detail::turnstile_words freed;
  std::atomic<std::uint32_t> hint;  // where a free place is likely
  std::atomic<std::uint32_t> lost;
};
static_assert(sizeof(layout) % sizeof(place) == 0);

constexpr std::size_t size_for(std::size_t permits) {
  return sizeof(layout) + permits * sizeof(place);
}

std::span<place> places_of(mp_block& block) noexcept {
  return {reinterpret_cast<place*>(block.at(sizeof(layout))), block.parameter()};
}

turnstile freed_of(mp_block& block) noexcept {
  return {block.as<layout>().freed, block.bell(0)};
}

void take_back_from_the_dead(mp_block& block) noexcept {
  auto& words = block.as<layout>();
  for (place& each : places_of(block)) {
    std::uint64_t holder = each.load();
    if (holder == 0 || detail::is_alive(static_cast<detail::process_identity>(holder))) continue;
    if (!each.compare_exchange_strong(holder, 0)) continue;
    words.lost.fetch_add(1);
    freed_of(block).wake_one();
  }
}

/// The place of the permit in `into`, or the turnstile to wait at.
turnstile attempt(mp_block& block, care how, std::size_t& into) {
  if (how == care::thorough) take_back_from_the_dead(block);
  const auto places = places_of(block);
  const auto me = static_cast<std::uint64_t>(detail::this_process());
  const std::size_t first = block.as<layout>().hint.load(std::memory_order_relaxed);
  for (std::size_t i = 0; i < places.size(); ++i) {
    const std::size_t at = (first + i) % places.size();
    std::uint64_t nobody = 0;
    if (!places[at].compare_exchange_strong(nobody, me)) continue;
    into = at;
    return {};
  }
  return freed_of(block);
}

}  // namespace

semaphore::semaphore(std::size_t permits)
    : semaphore([permits] {
        if (permits == 0 || permits > most_permits) {
          throw std::length_error("mp::semaphore: " + std::to_string(permits) +
                                  " permits, where 1 to " + std::to_string(most_permits) +
                                  " are possible");
        }
        return mp_block::create(detail::mp_kind::semaphore, permits, size_for(permits), 1,
                                {{offsetof(layout, freed), 0}});
      }()) {}

std::shared_ptr<mp_block> semaphore::read_block(message_reader& in) {
  auto block = mp_block::read(in, detail::mp_kind::semaphore, 1);
  if (block->parameter() == 0 || block->parameter() > most_permits ||
      block->size() != size_for(block->parameter())) {
    in.fail("a semaphore of a wrong size");
  }
  return block;
}

task<semaphore::permit> semaphore::acquire_task(std::shared_ptr<mp_block> block) {
  std::size_t at = 0;
  auto acquiring = [&block, &at](care how) { return attempt(*block, how, at); };
  co_await detail::await_until(acquiring);
  co_return permit(std::move(block), at);
}

task<semaphore::permit> semaphore::acquire() const {
  return acquire_task(block_);
}

semaphore::permit semaphore::acquire_blocking() const {
  std::size_t at = 0;
  detail::block_until([&](care how) { return attempt(*block_, how, at); });
  return {block_, at};
}

std::optional<semaphore::permit> semaphore::try_acquire() const {
  std::size_t at = 0;
  if (attempt(*block_, care::quick, at) && attempt(*block_, care::thorough, at)) {
    return std::nullopt;
  }
  return permit(block_, at);
}

std::size_t semaphore::permits() const noexcept {
  return block_->parameter();
}

std::size_t semaphore::available() const noexcept {
  return static_cast<std::size_t>(std::ranges::count_if(
      places_of(*block_), [](const place& each) { return each.load() == 0; }));
}

std::size_t semaphore::lost_permits() const noexcept {
  return block_->as<layout>().lost.load();
}

void semaphore::permit::release() noexcept {
  const auto from = std::exchange(from_, nullptr);
  if (!from) return;
  places_of(*from)[place_].store(0);
  from->as<layout>().hint.store(static_cast<std::uint32_t>(place_), std::memory_order_relaxed);
  freed_of(*from).wake_one();
}

}  // namespace tridem::mp
