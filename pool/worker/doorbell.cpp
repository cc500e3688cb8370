// SPDX-License-Identifier: MIT
// Creating, mapping and ringing the bell between workers and their loop.
#include "pool/worker/doorbell.hpp"

#include "pool/worker/futex.hpp"

#include <cerrno>
#include <fcntl.h>
#include <new>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace tridem::detail {

namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::system_category(), what);
}

}  // namespace

doorbell::doorbell()
    : memory_(::memfd_create("tridem doorbell", MFD_CLOEXEC | MFD_ALLOW_SEALING)),
      event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!memory_ || !event_ || ::ftruncate(memory_.get(), sizeof(doorbell_memory)) != 0 ||
      ::fcntl(memory_.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    fail("create the doorbell of a process pool");
  }
  map();
}

doorbell::doorbell(descriptor memory, descriptor event)
    : memory_(std::move(memory)), event_(std::move(event)) {
  map();
}

doorbell::~doorbell() {
  if (words_ != nullptr) ::munmap(words_, sizeof(doorbell_memory));
}

void doorbell::map() {
  void* memory = ::mmap(nullptr, sizeof(doorbell_memory), PROT_READ | PROT_WRITE, MAP_SHARED,
                        memory_.get(), 0);
  if (memory == MAP_FAILED) fail("map the doorbell of a process pool");
  words_ = static_cast<doorbell_memory*>(memory);
}

void doorbell::ring() noexcept {
  // Pairs with the fence in `prepare_sleep`.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (words_->loop_asleep.load(std::memory_order_relaxed) == 0) return;
  if (words_->loop_asleep.exchange(0, std::memory_order_acq_rel) == 0) return;
  words_->futex.fetch_add(1, std::memory_order_release);
  if (words_->use_futex.load(std::memory_order_relaxed) != 0) {
    futex_wake(words_->futex);
  } else {
    const std::uint64_t one = 1;
    (void)!::write(event_.get(), &one, sizeof(one));
  }
}

}  // namespace tridem::detail
