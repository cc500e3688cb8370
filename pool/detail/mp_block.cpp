// SPDX-License-Identifier: MIT
// Creating the objects of tridem::mp, and passing them on.
#include "pool/mp/peers.hpp"

#include <tridem/pool/detail/mp_block.hpp>

#include <cerrno>
#include <fcntl.h>
#include <string>
#include <sys/eventfd.h>
#include <system_error>

namespace tridem::detail {

namespace {

constexpr std::uint32_t magic = 0x326d7074;  // "tpm2": changes with the layouts

}  // namespace

mp_block::mp_block(shared_memory memory, std::size_t bells)
    : memory_(std::move(memory)),
      bell_count_(bells),
      size_(memory_.size() < sizeof(peer_table) ? 0 : memory_.size() - sizeof(peer_table)),
      peers_(std::make_unique<mp_peers>(*this)) {}

mp_block::~mp_block() = default;

std::shared_ptr<mp_block> mp_block::create(mp_kind kind, std::uint64_t parameter, std::size_t size,
                                           std::size_t bells,
                                           std::initializer_list<mp_turnstile_place> turnstiles) {
  const std::size_t whole = (size + 7) / 8 * 8 + sizeof(peer_table);
  auto made = std::make_shared<mp_block>(shared_memory::create(whole), bells);
  for (std::size_t i = 0; i < bells; ++i) {
    // A semaphore: each token wakes one loop, however many of them wait for the same object.
    made->bells_[i].reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE));
    if (!made->bells_[i]) {
      throw std::system_error(errno, std::system_category(), "create an object of tridem::mp");
    }
  }
  made->parameter_ = parameter;
  made->as<mp_header>() = {magic, kind, parameter};
  made->peers_->lay_out(turnstiles);
  made->peers_->join();
  return made;
}

std::shared_ptr<mp_block> mp_block::read(message_reader& in, mp_kind kind, std::size_t bells) {
  // One byte in the message, so that a count of objects is bounded by the size of the message.
  if (decode<std::uint8_t>(in) != static_cast<std::uint8_t>(kind)) {
    in.fail("an object of tridem::mp of another kind");
  }
  auto came = std::make_shared<mp_block>(shared_memory::adopt(in.take_descriptor()), bells);
  for (std::size_t i = 0; i < bells; ++i) came->bells_[i].reset(in.take_descriptor());
  if (came->size() < sizeof(mp_header) || came->size() % 8 != 0)
    in.fail("an object of tridem::mp that is too small");
  const mp_header header = came->as<mp_header>();
  if (header.magic != magic || header.kind != kind) {
    in.fail("shared memory that is not the object of tridem::mp it should be");
  }
  came->parameter_ = header.parameter;
  came->peers_->join();
  return came;
}

void mp_block::write(message_writer& out) const {
  const auto kind = reinterpret_cast<const mp_header*>(memory_.data())->kind;
  encode(out, static_cast<std::uint8_t>(kind));
  out.attach(memory_.descriptor());
  for (std::size_t i = 0; i < bell_count_; ++i) out.attach(bells_[i].get());
}

}  // namespace tridem::detail
