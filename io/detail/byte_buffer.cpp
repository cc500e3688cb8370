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

byte_buffer::byte_buffer(byte_buffer&& other) noexcept
    : memory_(std::move(other.memory_)),
      capacity_(std::exchange(other.capacity_, 0)),
      begin_(std::exchange(other.begin_, 0)),
      end_(std::exchange(other.end_, 0)),
      limit_(other.limit_),
      step_(other.step_) {}

byte_buffer& byte_buffer::operator=(byte_buffer&& other) noexcept {
  memory_ = std::move(other.memory_);
  capacity_ = std::exchange(other.capacity_, 0);
  begin_ = std::exchange(other.begin_, 0);
  end_ = std::exchange(other.end_, 0);
  limit_ = other.limit_;
  step_ = other.step_;
  return *this;
}

mutable_buffer byte_buffer::room() {
  TRIDEM_ASSERT(!is_full(), "room was asked of a buffer that is full");
  if (size() == 0 && capacity_ > kept_size) {
    memory_.reset();
    capacity_ = 0;
  }
  step_ = std::clamp(step_, first_step, size() == 0 ? kept_size : longest_step);
  const std::size_t wanted = std::min(step_, limit_ - size());
  reserve_behind(wanted);
  return {memory_.get() + end_, wanted};
}

void byte_buffer::filled(std::size_t count) noexcept {
  end_ += count;
  if (count >= step_) {
    step_ *= growth;
  } else if (count < step_ / growth) {
    step_ /= 2;
  }
}

void byte_buffer::append(const_buffer more) {
  if (more.empty()) return;
  reserve_behind(more.size());
  std::memcpy(memory_.get() + end_, more.data(), more.size());
  end_ += more.size();
}

void byte_buffer::drop(std::size_t count) noexcept {
  begin_ += std::min(count, size());
  if (begin_ == end_) begin_ = end_ = 0;
}

std::size_t byte_buffer::take(mutable_buffer into) noexcept {
  const std::size_t count = std::min(into.size(), size());
  if (count != 0) std::memcpy(into.data(), bytes().data(), count);
  drop(count);
  return count;
}

std::size_t byte_buffer::find(std::string_view text, std::size_t from) const noexcept {
  return as_text(bytes()).find(text, from);
}

void byte_buffer::reserve_behind(std::size_t count) {
  if (capacity_ - end_ >= count) return;
  const std::size_t held = size();
  if (capacity_ - held >= count && held <= capacity_ / 2) {
    std::memmove(memory_.get(), memory_.get() + begin_, held);
  } else {
    const std::size_t larger = std::max(held + count, std::min(capacity_ * 2, limit_));
    auto moved = std::make_unique_for_overwrite<std::byte[]>(larger);
    if (held != 0) std::memcpy(moved.get(), bytes().data(), held);
    memory_ = std::move(moved);
    capacity_ = larger;
  }
  begin_ = 0;
  end_ = held;
}

}  // namespace tridem::detail
