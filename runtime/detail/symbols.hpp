// SPDX-License-Identifier: MIT
// Names for code: which function, of which executable or library, an address belongs to.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tridem::detail {

/// What a code address belongs to.
struct code_symbol {
  std::string function;       ///< Readable: "load(int)". Empty when no table names it.
  std::string object;         ///< Path of the executable or library. Empty when it is in none.
  std::uintptr_t offset = 0;  ///< Of the address in `object`, as addr2line takes it.
};

/// Looks `code` up: first among the exported symbols, then in the symbol table of its file, where
/// the static functions are, and all of an executable that was linked without -rdynamic.
///
/// Threads: any; not for signal handlers, it allocates. Cost: the first time for each address about
/// 1 ms for each 100,000 symbols, then a look into a bounded cache.
[[nodiscard]] code_symbol symbol_at(const void* code);

/// The same without the function. Cost: no file is read.
[[nodiscard]] code_symbol object_at(const void* code);

/// The function that `code` is in. A coroutine is named as it was written, whichever part of it the
/// address is in; code without a name is "object+0x1234".
[[nodiscard]] std::string function_at(const void* code);

/// The same for an address in a file that another process has loaded, given as addr2line takes it.
[[nodiscard]] std::string function_in_object(const std::string& object, std::uintptr_t offset);

/// One line for each call, "    at function (object+0x1234)", then the commands that turn them into
/// file and line: "    addr2line -Cfipe object 0x1233 ...", one for each object. Without a final
/// line break.
///
/// @param calls  Return addresses, as backtrace(3) gives them. Add one to the address at which a
///               signal has interrupted something: that is no return address.
[[nodiscard]] std::string format_native_stack(std::span<void* const> calls);

/// The readable form of a linker's name, without the suffixes that compilers put behind a dot.
/// g++ compiles the body of a coroutine as a function whose name contains that of the coroutine:
/// that one is given.
[[nodiscard]] std::string readable_symbol(std::string_view linker_name);

/// "main()::{lambda()#1}", for the name that a std::type_info gives.
[[nodiscard]] std::string readable_type(const char* type_name);

}  // namespace tridem::detail
