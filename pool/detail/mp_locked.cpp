// SPDX-License-Identifier: MIT
// The memory of mp::value and mp::array.
#include "pool/mp/lock.hpp"

#include <tridem/pool/detail/mp_locked.hpp>

#include <cstdint>

namespace tridem::detail {

std::shared_ptr<mp_block> mp_lock_access::create(std::size_t count, std::size_t element_bytes) {
  if (count > (SIZE_MAX / 2 - protected_at) / element_bytes) throw std::bad_array_new_length();
  return mp_block::create(mp_kind::locked, count, protected_at + count * element_bytes, 1,
                          {lock_freed_place});
}

std::shared_ptr<mp_block> mp_lock_access::read(message_reader& in, std::size_t element_bytes) {
  auto block = mp_block::read(in, mp_kind::locked, 1);
  if (block->size() < protected_at ||
      block->parameter() > (block->size() - protected_at) / element_bytes) {
    in.fail("an mp::value or mp::array that is too small");
  }
  return block;
}

std::byte* mp_lock_access::data(mp_block& block) noexcept {
  return block.at(protected_at);
}

}  // namespace tridem::detail
