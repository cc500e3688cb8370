// SPDX-License-Identifier: MIT
// Finds the object in which an address lies, and asks its symbol tables.
#include <tridem/runtime/detail/elf_symbols.hpp>
#include <tridem/runtime/detail/symbols.hpp>

#include <climits>

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <cxxabi.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <memory>
#include <mutex>
#include <unistd.h>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tridem::detail {
namespace {

constexpr const char* own_executable = "/proc/self/exe";

/// The loaded object around an address.
struct loaded_object {
  std::uintptr_t address = 0;  // what is looked for
  bool is_found = false;
  std::string path;              // to open; that of the executable works when its file was replaced
  std::uintptr_t bias = 0;       // from addresses in the file to those in memory
  const void* header = nullptr;  // the first bytes of the file, where they are in memory
};

bool lies_in(const ElfW(Phdr) & segment, std::uintptr_t bias, std::uintptr_t address) {
  return segment.p_type == PT_LOAD && address >= bias + segment.p_vaddr &&
         address - bias - segment.p_vaddr < segment.p_memsz;
}

int look_at_object(dl_phdr_info* info, std::size_t, void* data) {
  auto& wanted = *static_cast<loaded_object*>(data);
  for (ElfW(Half) i = 0; i < info->dlpi_phnum; ++i) {
    if (!lies_in(info->dlpi_phdr[i], info->dlpi_addr, wanted.address)) continue;
    wanted.is_found = true;
    wanted.path = info->dlpi_name[0] != '\0' ? info->dlpi_name : own_executable;
    wanted.bias = info->dlpi_addr;
  }
  if (!wanted.is_found) return 0;
  for (ElfW(Half) i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = info->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || segment.p_offset != 0 || (segment.p_flags & PF_R) == 0)
      continue;
    if (segment.p_filesz < sizeof(ElfW(Ehdr))) continue;
    wanted.header = reinterpret_cast<const void*>(info->dlpi_addr + segment.p_vaddr);
  }
  return 1;
}

// A library that was replaced since it was loaded has other addresses: its header differs in size
// or place of the sections.
bool is_the_loaded_one(int file, const void* header) {
  ElfW(Ehdr) in_file;
  return header == nullptr || (::pread(file, &in_file, sizeof in_file, 0) == sizeof in_file &&
                               std::memcmp(&in_file, header, sizeof in_file) == 0);
}

std::string read_function(const std::string& path, const void* header, std::uintptr_t offset) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return {};
  std::string name;
  if (is_the_loaded_one(file, header)) name = function_in_elf(file, offset);
  ::close(file);
  return name;
}

std::string shown_path(const std::string& path) {
  if (path != own_executable) return path;
  char target[PATH_MAX];
  const ssize_t length = ::readlink(path.c_str(), target, sizeof target);
  return length <= 0 ? path : std::string(target, static_cast<std::size_t>(length));
}

loaded_object find_object(const void* code) {
  loaded_object object;
  object.address = reinterpret_cast<std::uintptr_t>(code);
  ::dl_iterate_phdr(look_at_object, &object);
  return object;
}

code_symbol look_up(const void* code) {
  const loaded_object object = find_object(code);
  if (!object.is_found) return {};
  Dl_info known{};
  const bool is_exported = ::dladdr(code, &known) != 0 && known.dli_sname != nullptr;
  const std::uintptr_t offset = object.address - object.bias;
  const std::string name =
      is_exported ? known.dli_sname : read_function(object.path, object.header, offset);
  return {readable_symbol(name), shown_path(object.path), offset};
}

/// What has been looked up. Emptied when it is full, and when a library was unloaded: another may
/// stand in its place.
class symbol_cache {
 public:
  code_symbol get(const void* code) {
    const std::lock_guard lock(mutex_);
    forget_unloaded();
    if (const auto known = symbols_.find(code); known != symbols_.end()) return known->second;
    code_symbol found = look_up(code);
    if (symbols_.size() >= capacity) symbols_.clear();
    return symbols_.emplace(code, std::move(found)).first->second;
  }

 private:
  static constexpr std::size_t capacity = 4096;

  void forget_unloaded() {
    unsigned long long unloaded = 0;
    ::dl_iterate_phdr(
        [](dl_phdr_info* info, std::size_t, void* data) {
          *static_cast<unsigned long long*>(data) = info->dlpi_subs;
          return 1;
        },
        &unloaded);
    if (std::exchange(unloaded_, unloaded) != unloaded) symbols_.clear();
  }

  std::mutex mutex_;
  std::unordered_map<const void*, code_symbol> symbols_;
  unsigned long long unloaded_ = 0;
};

symbol_cache& cache() {
  static auto* of_this_process = new symbol_cache;  // still there for what is reported at exit
  return *of_this_process;
}

std::string hexadecimal(std::uintptr_t number) {
  char digits[2 * sizeof number];
  const auto end = std::to_chars(digits, digits + sizeof digits, number, 16).ptr;
  std::string text = "0x";
  return text.append(digits, end);
}

std::string place_of(const code_symbol& symbol) {
  const std::string& object = symbol.object;
  return object.substr(object.rfind('/') + 1) + "+" + hexadecimal(symbol.offset);
}

// g++: "...<length>_ZN2ns4leafEi.Frame.actor". The number in front tells the name of the coroutine
// from others that the long name contains.
std::string_view coroutine_inside(std::string_view name) {
  static constexpr std::string_view frame = ".Frame";
  const std::size_t end = name.find(frame);
  if (end == name.npos) return name;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  for (std::size_t at = name.find("_Z", 1); at < end; at = name.find("_Z", at + 1)) {
    // The digits may follow those of another number: any end of them will do.
    const std::string length = std::to_string(end + frame.size() - at);
    if (is_digit(name[at - 1]) && name.substr(0, at).ends_with(length)) {
      return name.substr(at, end - at);
    }
  }
  return name;
}

void shorten_strings(std::string& text) {
  static constexpr std::string_view spelled_out =
      "std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> >";
  for (auto at = text.find(spelled_out); at != text.npos; at = text.find(spelled_out, at)) {
    text.replace(at, spelled_out.size(), "std::string");
  }
}

}  // namespace

std::string readable_type(const char* type_name) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> readable(
      abi::__cxa_demangle(type_name, nullptr, nullptr, &status), &std::free);
  std::string text = status == 0 ? readable.get() : type_name;
  shorten_strings(text);
  return text;
}

std::string readable_symbol(std::string_view linker_name) {
  std::string_view name = coroutine_inside(linker_name);
  if (name.size() > 1) name = name.substr(0, name.find('.', 1));
  const std::string whole(name);
  // Without the prefix it is a function of C: one called "f" must not become "float".
  return whole.starts_with("_Z") ? readable_type(whole.c_str()) : whole;
}

code_symbol object_at(const void* code) {
  const loaded_object object = find_object(code);
  if (!object.is_found) return {};
  return {{}, shown_path(object.path), object.address - object.bias};
}

code_symbol symbol_at(const void* code) {
  return cache().get(code);
}

std::string function_at(const void* code) {
  code_symbol symbol = symbol_at(code);
  if (!symbol.function.empty()) return std::move(symbol.function);
  if (!symbol.object.empty()) return place_of(symbol);
  return hexadecimal(reinterpret_cast<std::uintptr_t>(code));
}

std::string function_in_object(const std::string& object, std::uintptr_t offset) {
  // A program that was replaced since it was started is still to be had as this process's own.
  const bool is_own = object == shown_path(own_executable);
  const std::string name = read_function(is_own ? own_executable : object, nullptr, offset);
  return name.empty() ? place_of({{}, object, offset}) : readable_symbol(name);
}

std::string format_native_stack(std::span<void* const> calls) {
  std::string text;
  std::vector<std::pair<std::string, std::string>> commands;  // object, offsets
  for (const void* after_call : calls) {
    // The call stands before the address to which it returns, which may begin another function.
    const auto address = reinterpret_cast<std::uintptr_t>(after_call);
    const auto* call = reinterpret_cast<const void*>(address == 0 ? 0 : address - 1);
    const code_symbol symbol = symbol_at(call);
    text.append(text.empty() ? "    at " : "\n    at ").append(function_at(call));
    if (symbol.object.empty()) continue;
    if (!symbol.function.empty()) text.append(" (").append(place_of(symbol)).append(")");
    auto command = commands.begin();
    while (command != commands.end() && command->first != symbol.object) ++command;
    if (command == commands.end()) command = commands.insert(command, {symbol.object, {}});
    command->second.append(" ").append(hexadecimal(symbol.offset));
  }
  for (const auto& [object, offsets] : commands) {
    text += "\n    addr2line -Cfipe " + object + offsets;
  }
  return text;
}

}  // namespace tridem::detail
