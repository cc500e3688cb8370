// SPDX-License-Identifier: MIT
// A lock between processes: one word that holds its owner, so that its death can be seen.
//
//   0 (free) --CAS--> owner --store--> 0
//   owner, dead --CAS by whoever finds out--> owner | abandoned --CAS by recover--> owner
#pragma once

#include "pool/mp/turnstile.hpp"
#include "pool/mp/waiting.hpp"

#include <tridem/pool/detail/mp_block.hpp>
#include <tridem/pool/detail/process_identity.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace tridem::detail {

/// The words in shared memory; zero at first.
struct lock_words {
  std::atomic<std::uint64_t> owner;
  turnstile_words freed;
};

/// What becomes of a lock whose owner has died.
enum class inheritance : unsigned char {
  refused,  ///< Everybody is told: owner_died.
  taken,    ///< The next one has it: it knows what to do.
};

/// A lock as this process sees it. Cheap to copy.
class process_lock {
 public:
  process_lock(lock_words& words, mp_bell bell) noexcept : words_(&words), bell_(bell) {}

  /// Locks, or gives the turnstile to wait at. Errors: mp::owner_died.
  turnstile attempt(care how, inheritance what) const;
  void unlock() const noexcept;

 private:
  lock_words* words_;
  mp_bell bell_;
};

/// The front of mp::mutex, mp::value and mp::array; what they protect comes behind it.
struct lock_layout {
  mp_header header;
  lock_words lock;
};

/// Where what is protected begins.
inline constexpr std::size_t protected_at = 64;
static_assert(sizeof(lock_layout) <= protected_at);

inline constexpr mp_turnstile_place lock_freed_place{
    offsetof(lock_layout, lock) + offsetof(lock_words, freed), 0};

inline process_lock lock_of(mp_block& block) noexcept {
  return {block.as<lock_layout>().lock, block.bell(0)};
}

}  // namespace tridem::detail
