// SPDX-License-Identifier: MIT
// The symbol tables of an ELF file: which function stands at an address?
#pragma once

#include <cstdint>
#include <string>

namespace tridem::detail {

/// The linker's name of the function whose code contains `address`, an address as it stands in
/// `file`; empty when no table of the file names one.
///
/// Any file may be given: one that is no ELF file of this machine, is cut short, or contradicts
/// itself has no names. It is read, not mapped, so that it may even be cut short meanwhile.
/// Cost: reads the whole table, about 1 ms for 100,000 symbols.
/// Source: elf(5).
[[nodiscard]] std::string function_in_elf(int file, std::uintptr_t address);

}  // namespace tridem::detail
