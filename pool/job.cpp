// SPDX-License-Identifier: MIT
// The table of jobs: filled before main, frozen when it begins, compared at the handshake.
#include <tridem/pool/job.hpp>

#include <atomic>
#include <cstring>
#include <elf.h>
#include <link.h>

namespace tridem::detail {

namespace {

// Constant-initialised, so that registrations of any translation unit find it ready. Registration
// happens before main, or under the loader's lock: no other thread takes part.
struct job_table {
  const job_entry* first = nullptr;
  const job_entry** last = &first;
  std::uint32_t count = 0;
  std::atomic<bool> frozen{false};
};

constinit job_table table;

/// FNV-1a: the table is compared with one of the same program, nobody forges it.
class digest {
 public:
  void add(const void* data, std::size_t size) noexcept {
    const auto* bytes = static_cast<const unsigned char*>(data);
    for (std::size_t i = 0; i < size; ++i) value_ = (value_ ^ bytes[i]) * 0x100000001b3u;
  }
  template <class T>
  void add(const T& number) noexcept {
    add(&number, sizeof(number));
  }
  [[nodiscard]] std::uint64_t value() const noexcept { return value_; }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325u;
};

/// The module that holds `address`: where it was loaded, and what tells it from other builds.
struct module_search {
  std::uintptr_t address;
  std::uintptr_t base = 0;
  std::uintptr_t begin = 0;  // of the segment that holds the address
  std::uintptr_t end = 0;
  std::string build_id;
};

std::string build_id_of(const dl_phdr_info& module) {
  std::string id;
  for (int i = 0; i < module.dlpi_phnum; ++i) {
    const auto& segment = module.dlpi_phdr[i];
    if (segment.p_type != PT_NOTE) continue;
    const char* at = reinterpret_cast<const char*>(module.dlpi_addr + segment.p_vaddr);
    const char* end = at + segment.p_memsz;
    while (at + sizeof(ElfW(Nhdr)) <= end) {
      ElfW(Nhdr) note;
      std::memcpy(&note, at, sizeof(note));
      const char* name = at + sizeof(note);
      const char* text = name + ((note.n_namesz + 3) & ~3u);
      if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
          std::memcmp(name, "GNU", 4) == 0) {
        for (unsigned k = 0; k < note.n_descsz; ++k) {
          static constexpr char digits[] = "0123456789abcdef";
          const auto byte = static_cast<unsigned char>(text[k]);
          id += digits[byte >> 4];
          id += digits[byte & 15];
        }
        return id;
      }
      at = text + ((note.n_descsz + 3) & ~3u);
    }
  }
  return id;
}

/// For a module whose linker made no build id: its code, which nothing has relocated.
std::string digest_of_code(const dl_phdr_info& module) {
  digest all;
  for (int i = 0; i < module.dlpi_phnum; ++i) {
    const auto& segment = module.dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || segment.p_flags != (PF_R | PF_X)) continue;
    all.add(reinterpret_cast<const void*>(module.dlpi_addr + segment.p_vaddr), segment.p_filesz);
  }
  return std::to_string(all.value());
}

int visit_module(dl_phdr_info* module, std::size_t, void* argument) {
  auto& search = *static_cast<module_search*>(argument);
  for (int i = 0; i < module->dlpi_phnum; ++i) {
    const auto& segment = module->dlpi_phdr[i];
    const std::uintptr_t start = module->dlpi_addr + segment.p_vaddr;
    if (segment.p_type != PT_LOAD || search.address < start ||
        search.address >= start + segment.p_memsz) {
      continue;
    }
    search.base = module->dlpi_addr;
    search.build_id = build_id_of(*module);
    if (search.build_id.empty()) search.build_id = digest_of_code(*module);
    search.begin = start;
    search.end = start + segment.p_memsz;
    return 1;
  }
  return 0;
}

module_search module_of(std::uintptr_t address) {
  module_search search{.address = address, .build_id = {}};
  ::dl_iterate_phdr(&visit_module, &search);
  return search;
}

}  // namespace

job_entry::job_entry(std::string_view name, job_invoker invoker) noexcept
    : name_(name),
      invoker_(invoker),
      index_(table.frozen.load(std::memory_order_acquire) ? 0 : ++table.count) {
  if (index_ == 0) return;
  *table.last = this;
  table.last = const_cast<const job_entry**>(&next_);
}

void freeze_job_table() noexcept {
  table.frozen.store(true, std::memory_order_release);
}

bool job_table_is_frozen() noexcept {
  return table.frozen.load(std::memory_order_acquire);
}

const job_entry* find_job(std::uint32_t index) noexcept {
  // The table never changes once it is frozen; a worker looks each function up once (worker.cpp).
  for (const job_entry* entry = table.first; entry != nullptr; entry = entry->next()) {
    if (entry->index() == index) return entry;
  }
  return nullptr;
}

job_table_identity identify_job_table() {
  digest all;
  module_search module{.address = 0, .build_id = {}};
  for (const job_entry* entry = table.first; entry != nullptr; entry = entry->next()) {
    // The place in the module tells apart functions of one name, and binaries without build ids.
    const auto address = reinterpret_cast<std::uintptr_t>(entry->invoker());
    if (address < module.begin || address >= module.end) module = module_of(address);
    all.add(entry->name().data(), entry->name().size());
    all.add(address - module.base);
    all.add(module.build_id.data(), module.build_id.size());
  }
  job_table_identity identity;
  identity.count = table.count;
  identity.digest = all.value();
  // The executable is the first module, whatever address asks for it.
  ::dl_iterate_phdr(
      [](dl_phdr_info* first, std::size_t, void* into) {
        *static_cast<std::string*>(into) = build_id_of(*first);
        return 1;
      },
      &identity.build_id);
  return identity;
}

}  // namespace tridem::detail
