// SPDX-License-Identifier: MIT
// Claiming calls and publishing results, and when a worker spins before it sleeps.
#include "pool/worker/worker_channel.hpp"

#include "pool/worker/descriptor_passing.hpp"
#include "pool/worker/futex.hpp"
#include "pool/worker/mapping_cache.hpp"

#include <cerrno>
#include <chrono>
#include <sched.h>
#include <stdexcept>
#include <string>
#include <sys/mman.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace tridem::detail {

namespace {

// About the price of one wake-up across cores: to spin longer costs more than it can save.
constexpr std::chrono::microseconds spin_time{20};
constexpr unsigned misses_before_rest = 4;
constexpr unsigned rest = 32;

void pause() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#endif
}

}  // namespace

worker_channel::worker_channel(descriptor memory, descriptor socket, doorbell& bell)
    : memory_(std::move(memory)), socket_(std::move(socket)), bell_(bell) {
  void* map = ::mmap(nullptr, channel_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory_.get(), 0);
  if (map == MAP_FAILED) {
    throw std::system_error(errno, std::system_category(), "map the memory of a channel");
  }
  map_ = static_cast<channel_memory*>(map);
  map_->header.worker_ready.store(static_cast<std::uint32_t>(::getpid()),
                                  std::memory_order_release);
}

worker_channel::~worker_channel() {
  ::munmap(map_, channel_bytes);
}

worker_channel::request::~request() {
  for (std::size_t i = 0; i < descriptors.size(); ++i) {
    if (descriptors[i] < 0) (void)owned[owned.size() - descriptors.size() + i].release();
  }
}

bool worker_channel::claim(request& into) {
  has_waited_ = false;
  for (;;) {
    if (!has_request()) {
      has_waited_ = true;
      if (!wait_for_request()) return false;
    }
    channel_slot& slot = map_->requests[request_tail_ % ring_slots];
    auto expected = static_cast<std::uint32_t>(slot_state::published);
    // Acquire on the head has made the slot visible; this decides only who has the call.
    if (slot.state.compare_exchange_strong(
            expected, static_cast<std::uint32_t>(slot_state::claimed), std::memory_order_acq_rel)) {
      open(slot, into);
      return true;
    }
    pass_slot();
  }
}

void worker_channel::open(const channel_slot& slot, request& into) {
  if (slot.check != slot.compute_check() || slot.sequence != request_tail_ + 1) {
    throw malformed_message("malformed message: a request slot is torn");
  }
  into.sequence = slot.sequence;
  into.job = slot.what;
  if (slot.descriptors != 0) {
    into.owned =
        take_descriptors_of(socket_.get(), slot.sequence, slot.descriptors, patience::wait);
  }
  std::size_t first_descriptor = 0;
  if (slot.place == slot_place::in_slot) {
    into.bytes = {slot.inside, slot.size};
  } else if (slot.place == slot_place::in_arena) {
    const auto* arena = reinterpret_cast<const std::byte*>(map_) + request_arena_at;
    into.bytes = {arena + slot.arena_offset(), slot.size};
  } else {
    into.block = known_.adopt(into.owned.at(0).release());
    into.bytes = std::as_const(into.block).bytes().first(slot.size);
    first_descriptor = 1;
  }
  for (std::size_t i = first_descriptor; i < into.owned.size(); ++i) {
    into.descriptors.push_back(into.owned[i].get());
  }
}

void worker_channel::finish(request& done) noexcept {
  if (!done.block.empty()) known_.put(std::move(done.block), most_kept());
  pass_slot();
  if (keeps_blocks() || !mapping_cache::of_process().is_empty()) let_go_of_old_memory();
}

void worker_channel::pass_slot() noexcept {
  ++request_tail_;
  map_->header.request_tail.store(request_tail_, std::memory_order_release);
}

void worker_channel::let_go_of_old_memory() noexcept {
  mapping_cache::of_process().drop_old();
  const auto now = std::chrono::steady_clock::now();
  if (now - aged_ < spare_lifetime) return;
  aged_ = now;
  release_taken_results();
  spare_.age();
  known_.age();
}

void worker_channel::publish(std::uint64_t sequence, result_kind kind, const encodable& result,
                             std::uint32_t duration_ns) {
  release_taken_results();
  channel_slot& slot = map_->results[result_head_ % ring_slots];
  slot.sequence = sequence;
  slot.what = static_cast<std::uint32_t>(kind);
  slot.place = slot_place::in_slot;
  slot.descriptors = 0;
  std::memset(slot.inside, 0, sizeof(slot.inside));
  sent_[result_head_ % ring_slots] = {};
  message_writer out(slot.inside);
  result.encode(out);
  slot.size = out.size();
  if (!out.fits()) {
    place_payload(slot, result, out.size(), out.attachments().size());
  } else if (!out.attachments().empty()) {
    send_descriptors(slot, out.attachments());
  }
  slot.state.store(duration_ns, std::memory_order_relaxed);
  slot.check = slot.compute_check();
  ++result_head_;
  // Pairs with the parent's acquire load of the head: last of all, so nothing torn is ever seen.
  map_->header.result_head.store(result_head_, std::memory_order_release);
  bell_.ring();
}

void worker_channel::place_payload(channel_slot& slot, const encodable& result, std::size_t size,
                                   std::size_t attachments) {
  if (size <= largest_in_arena && attachments == 0) {
    if (const auto offset = result_arena_.allocate(size)) {
      auto* arena = reinterpret_cast<std::byte*>(map_) + result_arena_at;
      message_writer out(std::span(arena + *offset, size));
      result.encode(out);
      slot.place = slot_place::in_arena;
      std::memset(slot.inside, 0, sizeof(slot.inside));
      slot.set_arena_offset(*offset);
      sent_[result_head_ % ring_slots] = {result_arena_.mark(), true};
      return;
    }
  }
  // Too large, or the parent is behind: a block of its own, so that no worker waits for its parent.
  slot.place = slot_place::attached;
  shared_memory block = spare_.take(size);
  message_writer out = spare_.writer(block, size);
  result.encode(out);
  std::vector<int> descriptors{block.descriptor()};
  descriptors.insert(descriptors.end(), out.attachments().begin(), out.attachments().end());
  send_descriptors(slot, descriptors);
  sent_[result_head_ % ring_slots].block = std::move(block);
  ++blocks_sent_;
}

void worker_channel::send_descriptors(channel_slot& slot, std::span<const int> descriptors) {
  if (descriptors.size() > max_descriptors) {
    throw std::length_error("a result carries " + std::to_string(descriptors.size()) +
                            " descriptors; the kernel sends at most " +
                            std::to_string(max_descriptors) + " at once");
  }
  slot.descriptors = static_cast<std::uint16_t>(descriptors.size());
  const descriptors_message announced{slot.sequence, slot.descriptors, 0};
  const int error = send_with_descriptors(socket_.get(), detail::bytes_of(announced), descriptors,
                                          patience::wait);
  if (error != 0) {
    throw std::system_error(error, std::system_category(), "send descriptors to the parent");
  }
}

void worker_channel::release_taken_results() noexcept {
  const std::uint64_t tail = map_->header.result_tail.load(std::memory_order_acquire);
  for (; result_tail_ < tail; ++result_tail_) {
    sent& remembered = sent_[result_tail_ % ring_slots];
    if (remembered.in_arena) result_arena_.release(remembered.arena_mark);
    if (!remembered.block.empty()) {
      --blocks_sent_;
      spare_.put(std::exchange(remembered.block, {}), most_kept());
    }
  }
}

bool worker_channel::wait_for_request() noexcept {
  while (!has_request()) {
    if (is_closing()) return false;
    if (!spin()) sleep();
  }
  return true;
}

bool worker_channel::spin() noexcept {
  doorbell_memory& shared = bell_.words();
  const auto cpu = static_cast<std::uint32_t>(::sched_getcpu());
  map_->header.worker_cpu.store(cpu, std::memory_order_relaxed);
  // On the CPU of the loop, spinning only keeps the loop from running (40 us instead of 4).
  if (shared.loop_cpu.load(std::memory_order_relaxed) == cpu) return false;
  if (misses_ >= misses_before_rest && ++skipped_ % rest != 0) return false;
  if (shared.spinners.fetch_add(1, std::memory_order_relaxed) >=
      shared.max_spinners.load(std::memory_order_relaxed)) {
    shared.spinners.fetch_sub(1, std::memory_order_relaxed);
    return false;
  }
  map_->header.worker_spins.store(1, std::memory_order_relaxed);
  const auto until = std::chrono::steady_clock::now() + spin_time;
  bool found = false;
  do {
    for (int i = 0; i < 32 && !found; ++i) {
      pause();
      found = has_request();
    }
  } while (!found && std::chrono::steady_clock::now() < until);
  map_->header.worker_spins.store(0, std::memory_order_relaxed);
  shared.spinners.fetch_sub(1, std::memory_order_relaxed);
  misses_ = found ? 0 : misses_ + 1;
  return found;
}

void worker_channel::sleep() noexcept {
  auto& asleep = map_->header.worker_asleep;
  asleep.store(1, std::memory_order_relaxed);
  // Pairs with the fence in channel::wake_worker.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (!has_request() && !is_closing()) {
    const bool has_mappings = !mapping_cache::of_process().is_empty();
    if (!has_mappings && !keeps_blocks()) {
      futex_wait(asleep, 1);
    } else {
      const auto most = has_mappings ? mapping_cache::lifetime : spare_lifetime;
      if (!futex_wait_for(asleep, 1, most)) let_go_of_old_memory();
    }
  }
  asleep.store(0, std::memory_order_relaxed);
}

void worker_channel::wait_for_cancel(std::uint32_t& seen) const noexcept {
  const auto& word = map_->header.cancel_word;
  while (word.load(std::memory_order_acquire) == seen) futex_wait(word, seen);
  seen = word.load(std::memory_order_acquire);
}

void worker_channel::interrupt_cancel_wait() noexcept {
  map_->header.cancel_word.fetch_add(1, std::memory_order_release);
  futex_wake(map_->header.cancel_word);
}

}  // namespace tridem::detail
