// SPDX-License-Identifier: MIT
// How the memory of a buffered stream grows and shrinks.
#include <tridem/io/detail/byte_buffer.hpp>
#include <tridem/runtime/assert.hpp>

#include <algorithm>
#include <cstring>

namespace tridem::detail {
namespace {

constexpr std::size_t first_step = 512;
constexpr std::size_t longest_step = 64 * 1024;
constexpr std::size_t growth = 4;
constexpr std::size_t kept_size = 4096;  // what a buffer without bytes holds at most

}  // namespace

void byte_buffer::holding::let_go() noexcept {
  if (lease) {
    lease = {};
  } else if (memory != nullptr) {
    free_frame(memory, capacity);
  }
  memory = nullptr;
  capacity = 0;
}

byte_buffer::holding& byte_buffer::held() {
  if (held_ == nullptr) held_ = std::make_unique<holding>();
  return *held_;
}

mutable_buffer byte_buffer::room() {
  TRIDEM_ASSERT(!is_full(), "room was asked of a buffer that is full");
  holding& h = held();
  if (size() == 0 && h.capacity > kept_size) h.let_go();
  h.step = std::clamp(h.step, first_step, size() == 0 ? kept_size : longest_step);
  const std::size_t wanted = std::min(h.step, limit_ - size());
  reserve_behind(wanted);
  return {h.memory + h.end, wanted};
}

void byte_buffer::filled(std::size_t count) noexcept {
  holding& h = *held_;
  h.end += count;
  if (count >= h.step) {
    h.step *= growth;
  } else if (count < h.step / growth) {
    h.step /= 2;
  }
}

void byte_buffer::append(const_buffer more) {
  if (more.empty()) return;
  holding& h = held();
  reserve_behind(more.size());
  std::memcpy(h.memory + h.end, more.data(), more.size());
  h.end += more.size();
}

void byte_buffer::adopt(received_bytes more) {
  if (size() != 0) return append(more.bytes());
  holding& h = held();
  h.let_go();
  h.begin = 0;
  h.end = h.capacity = more.size();
  h.lease = more.release();
  h.memory = h.lease.memory();
}

void byte_buffer::rest() {
  if (size() == 0) {
    held_.reset();
  } else if (held_->lease) {
    move_to_own(size());
  }
}

void byte_buffer::drop(std::size_t count) noexcept {
  if (held_ == nullptr) return;
  holding& h = *held_;
  h.begin += std::min(count, size());
  if (h.begin == h.end) h.begin = h.end = 0;
}

std::size_t byte_buffer::take(mutable_buffer into) noexcept {
  const std::size_t count = std::min(into.size(), size());
  if (count != 0) std::memcpy(into.data(), bytes().data(), count);
  drop(count);
  return count;
}

std::size_t byte_buffer::find(std::string_view text, std::size_t from) const noexcept {
  return as_text(bytes()).substr(0, limit_).find(text, from);
}

void byte_buffer::reserve_behind(std::size_t count) {
  holding& h = *held_;
  if (h.capacity - h.end >= count) return;
  const std::size_t used = size();
  if (h.capacity - used >= count && used <= h.capacity / 2) {
    std::memmove(h.memory, h.memory + h.begin, used);
    h.begin = 0;
    h.end = used;
  } else {
    move_to_own(std::max(used + count, std::min(h.capacity * 2, limit_)));
  }
}

void byte_buffer::move_to_own(std::size_t capacity) {
  holding& h = *held_;
  const std::size_t used = size();
  auto* const moved = static_cast<std::byte*>(allocate_frame(capacity));
  if (used != 0) std::memcpy(moved, bytes().data(), used);
  h.let_go();
  h.memory = moved;
  h.capacity = capacity;
  h.begin = 0;
  h.end = used;
}

}  // namespace tridem::detail
