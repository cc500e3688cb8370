// SPDX-License-Identifier: MIT
// A worker that writes whatever it likes where its results should be. The parent gets results that
// are sound, or malformed_message; it neither crashes nor reads beyond its memory.
//
// The first bytes say how many calls are open, which counters the worker moves and whether its
// slots carry a correct check; the others are what it writes.
#include <tridem/pool/channel.hpp>
#include <tridem/pool/codec.hpp>
#include <tridem/pool/errors.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fuzzer/FuzzedDataProvider.h>
#include <string>
#include <sys/mman.h>
#include <vector>

namespace {

using namespace tridem::detail;

int call_of_a_worker(int n) {
  return n;
}

class broken_worker {
 public:
  explicit broken_worker(const channel& parent)
      : map_(static_cast<channel_memory*>(::mmap(nullptr, channel_bytes, PROT_READ | PROT_WRITE,
                                                 MAP_SHARED, parent.memory(), 0))) {
    if (map_ == MAP_FAILED) std::abort();
  }
  broken_worker(const broken_worker&) = delete;
  broken_worker& operator=(const broken_worker&) = delete;
  ~broken_worker() { ::munmap(map_, channel_bytes); }

  void write(FuzzedDataProvider& from) {
    const bool is_consistent = from.ConsumeBool();
    const auto slots = from.ConsumeIntegralInRange<std::uint32_t>(0, 8);
    for (std::uint32_t i = 0; i < slots; ++i) write_slot(map_->results[i], from, is_consistent);
    std::byte* arena = reinterpret_cast<std::byte*>(map_) + result_arena_at;
    const std::string text = from.ConsumeRandomLengthString(512);
    std::memcpy(arena, text.data(), text.size());
    map_->header.request_tail.store(from.ConsumeIntegral<std::uint64_t>());
    map_->header.result_head.store(is_consistent ? slots : from.ConsumeIntegral<std::uint64_t>());
  }

 private:
  static void write_slot(channel_slot& slot, FuzzedDataProvider& from, bool is_consistent) {
    slot.sequence = from.ConsumeIntegralInRange<std::uint64_t>(0, 12);
    slot.what = from.ConsumeIntegralInRange<std::uint32_t>(0, 3);
    slot.place = static_cast<slot_place>(from.ConsumeIntegralInRange<std::uint16_t>(0, 4));
    slot.descriptors = from.ConsumeIntegralInRange<std::uint16_t>(0, 2);
    slot.size = from.ConsumeBool() ? from.ConsumeIntegralInRange<std::uint64_t>(0, 64)
                                   : from.ConsumeIntegral<std::uint64_t>();
    const auto inside = from.ConsumeBytes<std::uint8_t>(inline_bytes);
    if (!inside.empty()) std::memcpy(slot.inside, inside.data(), inside.size());
    slot.check = is_consistent ? slot.compute_check() : from.ConsumeIntegral<std::uint32_t>();
  }

  channel_memory* map_;
};

void read_result(const channel::result& result) {
  try {
    tridem::message_reader in(result.bytes, result.descriptors);
    (void)tridem::decode<std::vector<std::string>>(in);
  } catch (const tridem::malformed_message&) {
    // A sound slot with an unsound message.
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider from(data, size);
  channel parent;
  const int number = 7;
  const encodable argument{[](tridem::message_writer& out, const void* object) {
                             tridem::encode(out, *static_cast<const int*>(object));
                           },
                           &number};
  for (int open = from.ConsumeIntegralInRange(0, 9); open > 0; --open) {
    (void)parent.publish(job<&call_of_a_worker>::entry, argument, 1000);
  }
  broken_worker worker(parent);
  worker.write(from);
  try {
    for (int i = 0; i < 600 && parent.poll(read_result); ++i) {
    }
    (void)parent.publish(job<&call_of_a_worker>::entry, argument, 1000);
  } catch (const tridem::malformed_message&) {
    // So it is told, and the worker ended.
  }
  return 0;
}
