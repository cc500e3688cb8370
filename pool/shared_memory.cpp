// SPDX-License-Identifier: MIT
// Creating, sealing, mapping and passing of shared memory.
#include "pool/worker/mapping_cache.hpp"

#include <tridem/pool/shared_memory.hpp>

#include <cerrno>
#include <fcntl.h>
#include <string>
#include <sys/mman.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace tridem {

namespace {

// SEAL too: a peer could otherwise forbid writing later, and make our stores fault.
constexpr int required_seals = F_SEAL_SHRINK | F_SEAL_GROW;
constexpr int all_seals = required_seals | F_SEAL_SEAL;

[[noreturn]] void fail(int error, const std::string& what) {
  throw std::system_error(error, std::system_category(), what);
}

/// Closes a descriptor unless it was released.
struct closing {
  int descriptor;
  ~closing() {
    if (descriptor >= 0) ::close(descriptor);
  }
  int release() noexcept { return std::exchange(descriptor, -1); }
};

}  // namespace

shared_memory shared_memory::create(std::size_t size) {
  if (size == 0) return {};
  const std::string what = "create shared memory of " + std::to_string(size) + " bytes";
  closing file{::memfd_create("tridem shared memory", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
  if (file.descriptor < 0) fail(errno, what);
  if (size > static_cast<std::size_t>(PTRDIFF_MAX)) fail(EFBIG, what);
  if (::ftruncate(file.descriptor, static_cast<off_t>(size)) != 0) fail(errno, what);
  if (::fcntl(file.descriptor, F_ADD_SEALS, all_seals) != 0) fail(errno, what);
  shared_memory block = map(file.descriptor, size);
  (void)file.release();
  return block;
}

shared_memory shared_memory::adopt(int descriptor) {
  closing file{descriptor};
  if (const auto kept = detail::mapping_cache::of_process().take(descriptor)) {
    return {kept->data, kept->size, kept->descriptor};
  }
  const int seals = ::fcntl(descriptor, F_GET_SEALS);
  if (seals < 0) fail(errno, "adopt a descriptor as shared memory");
  if ((seals & required_seals) != required_seals) {
    throw malformed_message(
        "shared memory that is not sealed against changes of its size: whoever holds it could "
        "shrink it and make every access fail; create it with tridem::shared_memory::create");
  }
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) fail(errno, "adopt a descriptor as shared memory");
  if (status.st_size == 0) return {};
  shared_memory block = map(descriptor, static_cast<std::size_t>(status.st_size));
  (void)file.release();
  return block;
}

shared_memory shared_memory::share() const {
  if (empty()) return {};
  const int copy = ::fcntl(descriptor_, F_DUPFD_CLOEXEC, 3);
  if (copy < 0) fail(errno, "share memory of " + std::to_string(size_) + " bytes");
  return adopt(copy);
}

shared_memory shared_memory::map(int descriptor, std::size_t size) {
  void* data = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (data == MAP_FAILED) fail(errno, "map shared memory of " + std::to_string(size) + " bytes");
  return {static_cast<std::byte*>(data), size, descriptor};
}

void shared_memory::release() noexcept {
  if (data_ == nullptr) return;
  if (detail::mapping_cache::of_process().keep({data_, size_, descriptor_})) return;
  ::munmap(data_, size_);
  ::close(descriptor_);
}

// The size is not sent: the file knows it, and cannot lie because it is sealed.
void codec<shared_memory>::write(message_writer& out, const shared_memory& block) {
  encode(out, !block.empty());
  if (!block.empty()) out.attach(block.descriptor());
}

shared_memory codec<shared_memory>::read(message_reader& in) {
  if (!decode<bool>(in)) return {};
  return shared_memory::adopt(in.take_descriptor());
}

}  // namespace tridem
