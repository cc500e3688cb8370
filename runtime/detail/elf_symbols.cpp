// SPDX-License-Identifier: MIT
// Reads section headers, symbols and names of an ELF file, and believes none of them.
#include <tridem/runtime/detail/elf_symbols.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <elf.h>
#include <link.h>
#include <unistd.h>

namespace tridem::detail {
namespace {

constexpr unsigned char native_class = sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32;
constexpr unsigned char native_order =
    std::endian::native == std::endian::little ? ELFDATA2LSB : ELFDATA2MSB;
constexpr std::size_t longest_name = 4096;  // bytes; what is longer is cut

// Reads up to `size` bytes at `offset`; gives how many there were.
std::size_t read_at(int file, void* into, std::size_t size, std::uint64_t offset) {
  constexpr std::uint64_t furthest = std::uint64_t{1} << 62;  // an off_t is signed
  std::size_t got = 0;
  while (got < size && offset < furthest) {
    const ssize_t n =
        ::pread(file, static_cast<char*>(into) + got, size - got, static_cast<off_t>(offset + got));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    got += static_cast<std::size_t>(n);
  }
  return got;
}

template <class T>
bool read_record(int file, T& into, std::uint64_t offset) {
  return read_at(file, &into, sizeof into, offset) == sizeof into;
}

std::string read_name(int file, const ElfW(Shdr) & names, std::uint32_t at) {
  if (at >= names.sh_size) return {};
  std::string name(std::min<std::uint64_t>(longest_name, names.sh_size - at), '\0');
  name.resize(read_at(file, name.data(), name.size(), std::uint64_t{names.sh_offset} + at));
  name.resize(std::min(name.find('\0'), name.size()));
  return name;
}

bool is_function(const ElfW(Sym) & symbol) {
  const unsigned type = ELF64_ST_TYPE(symbol.st_info);  // the same in both classes
  return (type == STT_FUNC || type == STT_GNU_IFUNC) && symbol.st_shndx != SHN_UNDEF;
}

// The innermost function around `address`: of two that overlap the one that begins later.
bool find_symbol(int file, const ElfW(Shdr) & table, std::uintptr_t address, ElfW(Sym) & found) {
  std::array<ElfW(Sym), 1024> chunk;
  bool is_found = false;
  const std::uint64_t count = table.sh_size / sizeof(ElfW(Sym));
  for (std::uint64_t done = 0; done < count;) {
    const std::size_t wanted = std::min<std::uint64_t>(chunk.size(), count - done);
    const std::size_t got = read_at(file, chunk.data(), wanted * sizeof(ElfW(Sym)),
                                    table.sh_offset + done * sizeof(ElfW(Sym))) /
                            sizeof(ElfW(Sym));
    for (std::size_t i = 0; i < got; ++i) {
      const ElfW(Sym)& one = chunk[i];
      if (!is_function(one) || address < one.st_value) continue;
      if (address - one.st_value >= one.st_size) continue;
      if (is_found && one.st_value <= found.st_value) continue;
      found = one;
      is_found = true;
    }
    if (got < wanted) break;
    done += got;
  }
  return is_found;
}

bool is_native(const ElfW(Ehdr) & header) {
  return std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 &&
         header.e_ident[EI_CLASS] == native_class && header.e_ident[EI_DATA] == native_order &&
         header.e_shentsize == sizeof(ElfW(Shdr));
}

}  // namespace

std::string function_in_elf(int file, std::uintptr_t address) {
  ElfW(Ehdr) header;
  if (!read_record(file, header, 0) || !is_native(header)) return {};
  std::uint64_t sections = header.e_shnum;
  ElfW(Shdr) section;
  if (sections == 0 && header.e_shoff != 0) {
    // More sections than the field can count: the number stands in the first one.
    if (!read_record(file, section, header.e_shoff)) return {};
    sections = section.sh_size;
  }
  for (std::uint64_t i = 0; i < sections; ++i) {
    if (!read_record(file, section, header.e_shoff + i * sizeof section)) return {};
    if (section.sh_type != SHT_SYMTAB && section.sh_type != SHT_DYNSYM) continue;
    if (section.sh_entsize != sizeof(ElfW(Sym)) || section.sh_link >= sections) continue;
    ElfW(Shdr) names;
    if (!read_record(file, names, header.e_shoff + section.sh_link * sizeof names)) continue;
    ElfW(Sym) symbol;
    if (names.sh_type != SHT_STRTAB || !find_symbol(file, section, address, symbol)) continue;
    if (std::string name = read_name(file, names, symbol.st_name); !name.empty()) return name;
  }
  return {};
}

}  // namespace tridem::detail
