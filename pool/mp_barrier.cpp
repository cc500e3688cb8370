// SPDX-License-Identifier: MIT
// One word for the round, and a table of the processes that have the barrier.
#include "pool/mp/waiting.hpp"

#include <tridem/pool/detail/process_identity.hpp>
#include <tridem/pool/mp_barrier.hpp>

#include <atomic>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>

namespace tridem::mp {

using detail::care;
using detail::mp_block;
using detail::turnstile;

namespace {

struct layout {
  detail::mp_header header;
  std::atomic<std::uint64_t> round;  // see `round_word`
  detail::turnstile_words changed;
  std::atomic<std::uint64_t> processes[barrier::most_processes];  // those that have a handle
};

/// The round as one word: it changes as a whole.
///
/// Each round that is completed adds 1 to `number`, each reset adds `reset_step`: so that whoever
/// wakes up late knows which of the two has happened to the round it waited in.
struct round_word {
  std::uint32_t number;
  bool is_broken;
  std::uint32_t arrived;

  static constexpr std::uint32_t reset_step = 1u << 16;
  static constexpr std::uint32_t broken_bit = 1u << 31;

  static round_word unpack(std::uint64_t bits) noexcept {
    const auto low = static_cast<std::uint32_t>(bits);
    return {static_cast<std::uint32_t>(bits >> 32), (low & broken_bit) != 0, low & ~broken_bit};
  }
  [[nodiscard]] std::uint64_t pack() const noexcept {
    return std::uint64_t{number} << 32 | (is_broken ? broken_bit : 0) | arrived;
  }
};

layout& words_of(mp_block& block) noexcept {
  return block.as<layout>();
}

turnstile changed_of(mp_block& block) noexcept {
  return {words_of(block).changed, block.bell(0)};
}

round_word round_of(mp_block& block) noexcept {
  return round_word::unpack(words_of(block).round.load());
}

/// Replaces the round by `change(round)`, unless that is empty. Gives what was there before.
template <class Change>
round_word update(mp_block& block, Change change) noexcept {
  auto& word = words_of(block).round;
  std::uint64_t before = word.load();
  for (;;) {
    const std::optional<round_word> next = change(round_word::unpack(before));
    if (!next || word.compare_exchange_weak(before, next->pack())) {
      return round_word::unpack(before);
    }
  }
}

[[noreturn]] void throw_broken() {
  throw broken_barrier(
      "barrier between processes: it is broken, because a process that had it died, or because of "
      "abort() or reset(); after reset() it can be used again");
}

/// The entry of this process for as long as it has the barrier.
class membership {
 public:
  explicit membership(std::shared_ptr<mp_block> block) : block_(std::move(block)) {
    const auto me = static_cast<std::uint64_t>(detail::this_process());
    for (auto& place : words_of(*block_).processes) {
      std::uint64_t nobody = 0;
      if (!place.compare_exchange_strong(nobody, me)) continue;
      place_ = &place;
      return;
    }
    throw std::length_error("mp::barrier: more than " + std::to_string(barrier::most_processes) +
                            " processes have it");
  }
  membership(const membership&) = delete;
  membership& operator=(const membership&) = delete;
  ~membership() {
    if (place_ != nullptr) place_->store(0);
  }

  [[nodiscard]] mp_block* block() const noexcept { return block_.get(); }

 private:
  std::shared_ptr<mp_block> block_;
  std::atomic<std::uint64_t>* place_ = nullptr;
};

std::shared_ptr<mp_block> join(std::shared_ptr<mp_block> block) {
  auto entry = std::make_shared<membership>(std::move(block));
  return {entry, entry->block()};
}

bool has_dead_process(mp_block& block) noexcept {
  for (const auto& place : words_of(block).processes) {
    const auto who = static_cast<detail::process_identity>(place.load());
    if (who != detail::process_identity::nobody && !detail::is_alive(who)) return true;
  }
  return false;
}

void break_it(mp_block& block) noexcept {
  update(block, [](round_word now) {
    now.is_broken = true;
    return std::optional(now);
  });
  changed_of(block).wake_all();
}

/// Arrives. Gives the round before that. Errors: broken_barrier.
round_word arrive(mp_block& block) {
  const auto parties = static_cast<std::uint32_t>(block.parameter());
  const round_word before = update(block, [parties](round_word now) -> std::optional<round_word> {
    if (now.is_broken) return std::nullopt;
    if (++now.arrived == parties) now = {now.number + 1, false, 0};
    return now;
  });
  if (before.is_broken) throw_broken();
  if (before.arrived + 1 == parties) changed_of(block).wake_all();
  return before;
}

/// True when everybody has arrived in that round. Errors: broken_barrier.
bool is_complete(round_word waited_in, round_word now) {
  const std::uint32_t steps = now.number - waited_in.number;
  if (steps >= round_word::reset_step) throw_broken();
  if (steps != 0) return true;
  if (now.is_broken) throw_broken();
  return false;
}

turnstile attempt(mp_block& block, round_word waited_in, care how) {
  if (how == care::thorough && has_dead_process(block)) break_it(block);
  return is_complete(waited_in, round_of(block)) ? turnstile() : changed_of(block);
}

/// Takes an arrival back. False when all had arrived before.
bool leave(mp_block& block, round_word waited_in) noexcept {
  const round_word before = update(block, [waited_in](round_word now) -> std::optional<round_word> {
    if (now.number != waited_in.number || now.is_broken) return std::nullopt;
    --now.arrived;
    return now;
  });
  const std::uint32_t steps = before.number - waited_in.number;
  return steps == 0 || steps >= round_word::reset_step;
}

}  // namespace

barrier::barrier(std::size_t parties)
    : barrier([parties] {
        if (parties == 0 || parties >= round_word::broken_bit) {
          throw std::length_error("mp::barrier: it needs 1 to 2^31 - 1 parties, not " +
                                  std::to_string(parties));
        }
        return join(mp_block::create(detail::mp_kind::barrier, parties, sizeof(layout), 1,
                                     {{offsetof(layout, changed), 0}}));
      }()) {}

std::shared_ptr<mp_block> barrier::read_block(message_reader& in) {
  auto block = mp_block::read(in, detail::mp_kind::barrier, 1);
  if (block->size() != sizeof(layout)) in.fail("a barrier of a wrong size");
  return join(std::move(block));
}

task<std::size_t> barrier::arrive_task(std::shared_ptr<mp_block> block) {
  const detail::strand& line = co_await detail::this_strand();
  if (line.scope->is_cancelled()) throw_cancelled();
  const round_word mine = arrive(*block);
  auto meeting = [&block, mine](care how) { return attempt(*block, mine, how); };
  std::exception_ptr cut;
  try {
    co_await detail::await_until(meeting);
  } catch (const cancelled&) {
    if (leave(*block, mine)) cut = std::current_exception();
  }
  if (cut) std::rethrow_exception(cut);
  co_return mine.arrived;
}

task<std::size_t> barrier::arrive_and_wait() const {
  return arrive_task(block_);
}

std::size_t barrier::arrive_and_wait_blocking() const {
  detail::check_may_block();
  const round_word mine = arrive(*block_);
  try {
    detail::block_until([&](care how) { return attempt(*block_, mine, how); });
  } catch (const cancelled&) {
    if (leave(*block_, mine)) throw;
  }
  return mine.arrived;
}

void barrier::abort() const noexcept {
  break_it(*block_);
}

void barrier::reset() const noexcept {
  for (auto& place : words_of(*block_).processes) {
    std::uint64_t who = place.load();
    if (who == 0 || detail::is_alive(static_cast<detail::process_identity>(who))) continue;
    (void)place.compare_exchange_strong(who, 0);
  }
  update(*block_, [](round_word now) {
    return std::optional(round_word{now.number + round_word::reset_step, false, 0});
  });
  changed_of(*block_).wake_all();
}

std::size_t barrier::parties() const noexcept {
  return block_->parameter();
}

std::size_t barrier::waiting() const noexcept {
  return round_of(*block_).arrived;
}

bool barrier::is_broken() const noexcept {
  return round_of(*block_).is_broken;
}

}  // namespace tridem::mp
