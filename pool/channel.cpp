// SPDX-License-Identifier: MIT
// Publishing calls into shared memory, and taking results out of it without believing them.
//
//   1. fill the slot and the payload   2. send its descriptors   3. head = n + 1   (release)
//   4. once for many calls: fence, and wake the worker only if its sleep flag is up
#include "pool/worker/descriptor_passing.hpp"
#include "pool/worker/futex.hpp"

#include <tridem/pool/channel.hpp>
#include <tridem/pool/errors.hpp>
#include <tridem/pool/shared_memory.hpp>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <new>
#include <string>
#include <sys/mman.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace tridem::detail {

namespace {

descriptor create_channel_memory() {
  descriptor file(::memfd_create("tridem channel", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file || ::ftruncate(file.get(), channel_bytes) != 0 ||
      ::fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    throw std::system_error(errno, std::system_category(), "create the memory of a channel");
  }
  return file;
}

}  // namespace

channel::channel() : memory_(create_channel_memory()) {
  std::tie(socket_, worker_socket_) = create_socket_pair();
  void* memory =
      ::mmap(nullptr, channel_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory_.get(), 0);
  if (memory == MAP_FAILED) {
    throw std::system_error(errno, std::system_category(), "map the memory of a channel");
  }
  memory_map_ = ::new (memory) channel_memory;
  keep_at_most(largest_spare);
}

channel::~channel() {
  ::munmap(memory_map_, channel_bytes);
}

channel_slot& channel::request_slot(std::uint64_t sequence) const noexcept {
  return memory_map_->requests[(sequence - 1) % ring_slots];
}

std::uint64_t channel::publish(const job_entry& job, const encodable& arguments,
                               std::size_t limit) {
  release_taken_requests();
  if (request_head_ - request_tail_ == ring_slots) return 0;
  const std::uint64_t sequence = request_head_ + 1;
  channel_slot& slot = request_slot(sequence);
  slot.sequence = sequence;
  slot.what = job.index();
  slot.place = slot_place::in_slot;
  slot.descriptors = 0;
  std::memset(slot.inside, 0, sizeof(slot.inside));
  sent_[(sequence - 1) % ring_slots] = {};

  message_writer out(slot.inside);
  arguments.encode(out);
  if (out.size() > limit) throw message_too_large(job.name(), out.size(), limit);
  if (out.attachments().size() >= max_descriptors) {
    throw std::length_error("a call of " + std::string(job.name()) + " carries " +
                            std::to_string(out.attachments().size()) +
                            " descriptors; the kernel sends at most " +
                            std::to_string(max_descriptors - 1) + " at once");
  }
  slot.size = out.size();
  if (!out.fits()) {
    if (!place_payload(slot, arguments, out.size(), out.attachments().size(), job.name())) return 0;
  } else if (!out.attachments().empty()) {
    if (!send_descriptors(slot, out.attachments())) return 0;
  }
  slot.check = slot.compute_check();
  slot.state.store(static_cast<std::uint32_t>(slot_state::published), std::memory_order_relaxed);
  request_head_ = sequence;
  // Pairs with the worker's acquire load: whoever sees the new head sees the slot and the payload.
  memory_map_->header.request_head.store(sequence, std::memory_order_release);
  return sequence;
}

bool channel::place_payload(channel_slot& slot, const encodable& arguments, std::size_t size,
                            std::size_t attachments, std::string_view job) {
  if (size <= largest_in_arena && attachments == 0) return place_in_arena(slot, arguments, size);
  // A block of its own is dearer, but it also lets a message with descriptors go in one piece.
  slot.place = slot_place::attached;
  shared_memory block = spare_.take(size);
  message_writer out = spare_.writer(block, size);
  arguments.encode(out);
  if (out.size() != size || out.attachments().size() != attachments) {
    throw std::logic_error("the arguments of " + std::string(job) +
                           " changed while they were encoded");
  }
  std::vector<int> descriptors{block.descriptor()};
  descriptors.insert(descriptors.end(), out.attachments().begin(), out.attachments().end());
  if (!send_descriptors(slot, descriptors)) return false;
  sent_[(slot.sequence - 1) % ring_slots].block = std::move(block);
  ++blocks_sent_;
  return true;
}

bool channel::place_in_arena(channel_slot& slot, const encodable& arguments, std::size_t size) {
  const auto offset = request_arena_.allocate(size);
  if (!offset) return false;
  auto* arena = reinterpret_cast<std::byte*>(memory_map_) + request_arena_at;
  message_writer out(std::span(arena + *offset, size));
  try {
    arguments.encode(out);
    if (out.size() != size) throw std::logic_error("arguments changed while they were encoded");
  } catch (...) {
    request_arena_.rollback(*offset);
    throw;
  }
  slot.place = slot_place::in_arena;
  std::memset(slot.inside, 0, sizeof(slot.inside));
  slot.set_arena_offset(*offset);
  sent_[(slot.sequence - 1) % ring_slots] = {request_arena_.mark(), true};
  return true;
}

bool channel::send_descriptors(channel_slot& slot, std::span<const int> descriptors) {
  slot.descriptors = static_cast<std::uint16_t>(descriptors.size());
  const descriptors_message announced{slot.sequence, slot.descriptors, 0};
  const int error = send_with_descriptors(socket_.get(), detail::bytes_of(announced), descriptors,
                                          patience::none);
  if (error == 0) return true;
  // Full: earlier calls have to be taken first. A dead worker is seen through its pidfd.
  if (error == EAGAIN || error == EPIPE || error == ECONNRESET) return false;
  throw std::system_error(error, std::system_category(), "send descriptors to a worker process");
}

void channel::release_taken_requests() noexcept {
  const std::uint64_t tail = memory_map_->header.request_tail.load(std::memory_order_acquire);
  // A worker that claims to have taken what was never sent gets nothing by it.
  if (tail > request_head_) return;
  for (; request_tail_ < tail; ++request_tail_) {
    sent& remembered = sent_[request_tail_ % ring_slots];
    if (remembered.in_arena) request_arena_.release(remembered.arena_mark);
    if (!remembered.block.empty()) {
      --blocks_sent_;
      spare_.put(std::exchange(remembered.block, {}), most_kept_);
    }
  }
}

void channel::wake_worker() noexcept {
  auto& asleep = memory_map_->header.worker_asleep;
  // Pairs with the fence between the worker's flag and its last look at the head: either it sees
  // the new head, or we see the flag.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (asleep.load(std::memory_order_relaxed) != 0 &&
      asleep.exchange(0, std::memory_order_acq_rel) != 0) {
    futex_wake(asleep);
  }
}

bool channel::take_back(std::uint64_t sequence) noexcept {
  auto expected = static_cast<std::uint32_t>(slot_state::published);
  return request_slot(sequence).state.compare_exchange_strong(
      expected, static_cast<std::uint32_t>(slot_state::taken_back), std::memory_order_acq_rel);
}

bool channel::is_claimed(std::uint64_t sequence) const noexcept {
  return request_slot(sequence).state.load(std::memory_order_acquire) ==
         static_cast<std::uint32_t>(slot_state::claimed);
}

void channel::request_cancel(std::uint64_t sequence) noexcept {
  channel_header& header = memory_map_->header;
  header.cancel_sequence.store(sequence, std::memory_order_release);
  header.cancel_word.fetch_add(1, std::memory_order_release);
  futex_wake(header.cancel_word);
}

void channel::close() noexcept {
  memory_map_->header.closing.store(1, std::memory_order_release);
  wake_worker();
}

void channel::keep_at_most(std::size_t bytes) noexcept {
  most_kept_ = std::min(bytes, largest_spare);
  memory_map_->header.most_kept.store(most_kept_, std::memory_order_relaxed);
}

void channel::age() noexcept {
  release_taken_requests();
  spare_.age();
  known_.age();
}

channel::received::~received() {
  // What nobody took stays ours and is closed; what was taken has another owner now.
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (numbers[i] < 0) (void)owned[owned.size() - numbers.size() + i].release();
  }
}

void channel::take(received& into) {
  const channel_slot& shared = memory_map_->results[result_tail_ % ring_slots];
  channel_slot slot;
  std::memcpy(reinterpret_cast<std::byte*>(&slot) + 8,
              reinterpret_cast<const std::byte*>(&shared) + 8, sizeof(slot) - 8);
  slot.check = shared.check;
  check_result(slot, shared.state.load(std::memory_order_relaxed), into);
}

void channel::check_result(const channel_slot& slot, std::uint32_t duration, received& into) {
  const auto fail = [](const char* problem) {
    throw malformed_message(std::string("malformed message: a result slot ") + problem);
  };
  if (slot.check != slot.compute_check()) fail("is torn");
  if (slot.sequence <= answered_ || slot.sequence > request_head_) {
    fail("answers a call that is not open");
  }
  if (slot.what != 1 && slot.what != 2) fail("is neither a value nor an exception");
  into.view.sequence = slot.sequence;
  into.view.kind = static_cast<result_kind>(slot.what);
  into.view.duration_ns = duration;
  if (slot.descriptors != 0) {
    into.owned =
        take_descriptors_of(socket_.get(), slot.sequence, slot.descriptors, patience::none);
  }
  std::size_t first_descriptor = 0;
  switch (slot.place) {
    case slot_place::in_slot:
      if (slot.size > inline_bytes) fail("is smaller than what it holds");
      // The private copy ends with this call; the shared one stays until the tail moves.
      into.view.bytes = {memory_map_->results[result_tail_ % ring_slots].inside, slot.size};
      break;
    case slot_place::in_arena: {
      const std::uint64_t offset = slot.arena_offset();
      if (offset % 64 != 0 || offset > arena_bytes || slot.size > arena_bytes - offset) {
        fail("points outside of its arena");
      }
      const auto* arena = reinterpret_cast<const std::byte*>(memory_map_) + result_arena_at;
      into.view.bytes = {arena + offset, slot.size};
      break;
    }
    case slot_place::attached:
      if (into.owned.empty()) fail("lacks the block it is in");
      into.block = known_.adopt(into.owned[0].release());
      if (slot.size > into.block.size()) fail("is larger than the block it is in");
      into.view.bytes = std::as_const(into.block).bytes().first(slot.size);
      first_descriptor = 1;
      break;
    default:
      fail("is in no place");
  }
  for (std::size_t i = first_descriptor; i < into.owned.size(); ++i) {
    into.numbers.push_back(into.owned[i].get());
  }
  into.view.descriptors = into.numbers;
  answered_ = slot.sequence;
}

void channel::release_result(received& done) noexcept {
  if (!done.block.empty()) known_.put(std::move(done.block), most_kept_);
  ++result_tail_;
  memory_map_->header.result_tail.store(result_tail_, std::memory_order_release);
}

}  // namespace tridem::detail
