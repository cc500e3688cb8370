// SPDX-License-Identifier: MIT
// The symbol tables of files that are as they should be, and of files that are not.
#include <tridem/runtime/detail/elf_symbols.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstring>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <random>
#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

namespace tridem {
namespace {

using detail::function_in_elf;

/// A file in memory.
class memory_file {
 public:
  explicit memory_file(const std::vector<std::byte>& content)
      : file_(::memfd_create("elf", MFD_CLOEXEC)) {
    write(content);
  }
  memory_file(const memory_file&) = delete;
  ~memory_file() { ::close(file_); }
  void write(const std::vector<std::byte>& content) const {
    REQUIRE(::ftruncate(file_, 0) == 0);
    REQUIRE(::pwrite(file_, content.data(), content.size(), 0) ==
            static_cast<ssize_t>(content.size()));
  }
  [[nodiscard]] int descriptor() const { return file_; }

 private:
  int file_;
};

/// The smallest file with functions: outer at [0x1000, 0x1100), inner inside it at [0x1040,
/// 0x1050).
struct small_elf {
  ElfW(Ehdr) header {};
  ElfW(Shdr) sections[3] {};
  ElfW(Sym) symbols[4] {};
  char names[32] = "\0outer\0inner\0elsewhere";

  small_elf() {
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_shoff = offsetof(small_elf, sections);
    header.e_shentsize = sizeof(ElfW(Shdr));
    header.e_shnum = 3;
    sections[1].sh_type = SHT_SYMTAB;
    sections[1].sh_offset = offsetof(small_elf, symbols);
    sections[1].sh_size = sizeof symbols;
    sections[1].sh_entsize = sizeof(ElfW(Sym));
    sections[1].sh_link = 2;
    sections[2].sh_type = SHT_STRTAB;
    sections[2].sh_offset = offsetof(small_elf, names);
    sections[2].sh_size = sizeof names;
    symbols[1] = function(1, 0x1000, 0x100);
    symbols[2] = function(7, 0x1040, 0x10);
    symbols[3] = function(13, 0x2000, 0x10);
    symbols[3].st_shndx = SHN_UNDEF;
  }
  static ElfW(Sym) function(unsigned name, std::uintptr_t value, std::size_t size) {
    ElfW(Sym) one{};
    one.st_name = name;
    one.st_info = ELF64_ST_INFO(STB_LOCAL, STT_FUNC);
    one.st_shndx = 1;
    one.st_value = value;
    one.st_size = size;
    return one;
  }
  [[nodiscard]] std::vector<std::byte> bytes() const {
    std::vector<std::byte> content(sizeof *this);
    std::memcpy(content.data(), this, sizeof *this);
    return content;
  }
};

std::string look(const small_elf& elf, std::uintptr_t address) {
  const memory_file file(elf.bytes());
  return function_in_elf(file.descriptor(), address);
}

TEST_CASE("the innermost function around an address") {
  const small_elf elf;
  CHECK(look(elf, 0x1000) == "outer");
  CHECK(look(elf, 0x1040) == "inner");
  CHECK(look(elf, 0x104f) == "inner");
  CHECK(look(elf, 0x1050) == "outer");
  CHECK(look(elf, 0x10ff) == "outer");
  CHECK(look(elf, 0x1100) == "");
  CHECK(look(elf, 0xfff) == "");
  CHECK(look(elf, 0x2000) == "");  // only referred to
}

TEST_CASE("a file with more sections than its header can count") {
  small_elf elf;
  elf.header.e_shnum = 0;
  elf.sections[0].sh_size = 3;
  CHECK(look(elf, 0x1040) == "inner");
}

TEST_CASE("files that contradict themselves have no names") {
  SUBCASE("a table of names beyond the last section") {
    small_elf elf;
    elf.sections[1].sh_link = 3;
    CHECK(look(elf, 0x1040) == "");
  }
  SUBCASE("a name beyond the table of names") {
    small_elf elf;
    elf.symbols[2].st_name = 0xffffffff;
    CHECK(look(elf, 0x1040) == "");
  }
  SUBCASE("sections beyond the end of the file") {
    small_elf elf;
    elf.header.e_shoff = ~0ull;
    CHECK(look(elf, 0x1040) == "");
    elf.header.e_shoff = 1ull << 61;
    CHECK(look(elf, 0x1040) == "");
  }
  SUBCASE("more symbols than the file has bytes") {
    small_elf elf;
    elf.sections[1].sh_size = ~0ull;
    CHECK(look(elf, 0x1040) == "inner");
    CHECK(look(elf, 0x5000) == "");
  }
  SUBCASE("a foreign machine") {
    small_elf elf;
    elf.header.e_ident[EI_DATA] = ELFDATA2MSB;
    CHECK(look(elf, 0x1040) == "");
  }
}

TEST_CASE("a file that is cut short anywhere") {
  const std::vector<std::byte> whole = small_elf().bytes();
  const memory_file file(whole);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    file.write({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
    const std::string name = function_in_elf(file.descriptor(), 0x1040);
    CHECK(std::string("inner").find(name) == 0);
  }
}

TEST_CASE("a file with any of its bytes damaged") {
  const std::vector<std::byte> whole = small_elf().bytes();
  const memory_file file(whole);
  std::mt19937 random(7);
  for (int round = 0; round < 20'000; ++round) {
    std::vector<std::byte> damaged = whole;
    for (unsigned left = random() % 4 + 1; left > 0; --left) {
      damaged[random() % damaged.size()] = static_cast<std::byte>(random());
    }
    file.write(damaged);
    CHECK(function_in_elf(file.descriptor(), 0x1040).size() <= sizeof(small_elf));
  }
}

TEST_CASE("what is no file at all") {
  CHECK(function_in_elf(-1, 0x1000) == "");
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  CHECK(function_in_elf(ends[0], 0x1000) == "");
  ::close(ends[0]);
  ::close(ends[1]);
}

}  // namespace
}  // namespace tridem
