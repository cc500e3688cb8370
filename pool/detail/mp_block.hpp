// SPDX-License-Identifier: MIT
// What the objects of tridem::mp are made of: sealed memory, and eventfds to wake loops by.
#pragma once

#include <tridem/io/descriptor.hpp>
#include <tridem/pool/codec_basic.hpp>
#include <tridem/pool/shared_memory.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <utility>

namespace tridem::detail {

/// What an object is; stands at the front of its memory.
enum class mp_kind : std::uint32_t {
  mutex = 1,
  semaphore,
  event,
  condition,
  barrier,
  queue,
  locked
};

/// The first bytes of every object.
struct mp_header {
  std::uint32_t magic;
  mp_kind kind;
  std::uint64_t parameter;  ///< Permits, parties, capacity, ...: never changes.
};

/// Where in an object its sleepers wait, and the eventfd that belongs to it.
struct mp_turnstile_place {
  std::uint32_t offset;
  std::uint32_t bell;
};

class mp_peers;

/// What a turnstile of an object needs besides its words.
struct mp_bell {
  int event = -1;             ///< An eventfd.
  mp_peers* peers = nullptr;  ///< Who has the object.

  [[nodiscard]] bool operator==(const mp_bell&) const = default;
};

/// One object as this process has it. All handles of it in this process share the mapping.
///
/// Nothing of it has a name anywhere; it is gone with its last process. Threads: any.
class mp_block {
 public:
  static constexpr std::size_t most_bells = 3;

  /// Creates an object of zeros behind its header.
  ///
  /// @param size   Bytes, with the header.
  /// @param bells  Eventfds, at most `most_bells`.
  /// @param turnstiles  All that it has.
  /// Errors: std::system_error.
  static std::shared_ptr<mp_block> create(mp_kind kind, std::uint64_t parameter, std::size_t size,
                                          std::size_t bells,
                                          std::initializer_list<mp_turnstile_place> turnstiles);
  /// Takes an object out of a message. Errors: malformed_message, std::system_error.
  static std::shared_ptr<mp_block> read(message_reader& in, mp_kind kind, std::size_t bells);
  void write(message_writer& out) const;

  mp_block(shared_memory memory, std::size_t bells);
  mp_block(const mp_block&) = delete;
  mp_block& operator=(const mp_block&) = delete;
  ~mp_block();

  /// In bytes, a multiple of 8; the table of those who have it comes behind.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// As it was when the object came into this process: what others write there later is not seen.
  [[nodiscard]] std::uint64_t parameter() const noexcept { return parameter_; }
  [[nodiscard]] mp_bell bell(std::size_t which) const noexcept {
    return {bells_[which].get(), peers_.get()};
  }

  template <class Layout>
  [[nodiscard]] Layout& as() noexcept {
    return *reinterpret_cast<Layout*>(memory_.data());
  }
  [[nodiscard]] std::byte* at(std::size_t offset) noexcept { return memory_.data() + offset; }

 private:
  shared_memory memory_;
  std::array<descriptor, most_bells> bells_;
  std::size_t bell_count_;
  std::size_t size_ = 0;
  std::uint64_t parameter_ = 0;
  std::unique_ptr<mp_peers> peers_;
};

/// A handle of an object; its copies are handles of the same object. There is no empty one: moving
/// copies.
class mp_object {
 public:
  mp_object(const mp_object&) noexcept = default;
  mp_object& operator=(const mp_object&) noexcept = default;

 protected:
  explicit mp_object(std::shared_ptr<mp_block> block) noexcept : block_(std::move(block)) {}
  ~mp_object() = default;

  std::shared_ptr<mp_block> block_;

 private:
  friend struct mp_access;
};

/// How codec reaches what users need not see.
struct mp_access {
  static const mp_block& block(const mp_object& object) noexcept { return *object.block_; }
  template <class T>
  static T read(message_reader& in) {
    return T(T::read_block(in));
  }
};

}  // namespace tridem::detail

namespace tridem {

/// Objects of tridem::mp cross as arguments, results and parts of them; all processes then share
/// them.
template <std::derived_from<detail::mp_object> T>
struct codec<T> {
  static void write(message_writer& out, const T& object) {
    detail::mp_access::block(object).write(out);
  }
  static T read(message_reader& in) { return detail::mp_access::read<T>(in); }
};

}  // namespace tridem
