// SPDX-License-Identifier: MIT
// Asks /proc, and the auxiliary vector in which the kernel and the loader tell how this began.
#include "pool/worker/own_program.hpp"

#include <climits>

#include <atomic>
#include <cstring>
#include <elf.h>
#include <fstream>
#include <iterator>
#include <link.h>
#include <string_view>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tridem::detail {

namespace {

constexpr const char* own_link = "/proc/self/exe";

constinit std::atomic<int> own_argument_count{0};
constinit const char* first_argument = nullptr;

#if defined(__GLIBC__)
// glibc hands the arguments of main to every constructor, those of a loaded library included.
__attribute__((constructor)) void remember_first_argument(int count, char** arguments,
                                                          char**) noexcept {
  if (count > 1) first_argument = arguments[1];
}
#endif

bool main_module_asks_for_a_loader() noexcept {
  bool asks = false;
  ::dl_iterate_phdr(
      [](dl_phdr_info* module, std::size_t, void* into) {
        for (int i = 0; i < module->dlpi_phnum; ++i) {
          if (module->dlpi_phdr[i].p_type == PT_INTERP) *static_cast<bool*>(into) = true;
        }
        return 1;  // the program itself is the first module
      },
      &asks);
  return asks;
}

/// True for `ld-linux-x86-64.so.2 ./program`: the kernel has loaded no interpreter, because the
/// program that it has started is one. Source: AT_BASE in getauxval(3).
bool was_started_by_loader() noexcept {
  return ::getauxval(AT_BASE) == 0 && main_module_asks_for_a_loader();
}

std::vector<std::string> own_command_line() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  std::vector<std::string> words;
  for (std::size_t at = 0; at < text.size();) {
    words.emplace_back(text.c_str() + at);
    at += words.back().size() + 1;
  }
  return words;
}

/// The name by which this program was started.
std::string name_at_start() {
  const auto name = reinterpret_cast<const char*>(::getauxval(AT_EXECFN));
  return name == nullptr ? std::string() : name;
}

/// False where somebody only plays the kernel, as valgrind does: open and readlink know better than
/// stat and execve then, and the file that is named is another than the one behind the link.
bool link_is_what_it_says(const char* target) noexcept {
  constexpr std::string_view deleted = " (deleted)";
  if (std::string_view(target).ends_with(deleted)) return true;
  struct stat behind{};
  struct stat named{};
  if (::stat(own_link, &behind) != 0 || ::stat(target, &named) != 0) return true;
  return behind.st_dev == named.st_dev && behind.st_ino == named.st_ino;
}

}  // namespace

own_program find_own_program() {
  char target[PATH_MAX];
  const ssize_t size = ::readlink(own_link, target, sizeof(target) - 1);
  if (size <= 0) return {name_at_start(), {}};
  target[size] = '\0';
  if (was_started_by_loader()) {
    std::vector<std::string> words = own_command_line();
    const auto own = static_cast<std::size_t>(own_argument_count.load(std::memory_order_relaxed));
    if (own != 0 && own < words.size()) {
      // The loader, its options, and the program; what follows was for main.
      words.resize(words.size() - own + 1);
      words.erase(words.begin());
      return {own_link, std::move(words)};
    }
    return {name_at_start(), {}};
  }
  if (!link_is_what_it_says(target)) return {target, {}};
  return {own_link, {}};
}

void note_own_arguments(int count) noexcept {
  own_argument_count.store(count, std::memory_order_relaxed);
}

bool was_started_with(const char* argument) noexcept {
  return first_argument != nullptr && std::strcmp(first_argument, argument) == 0;
}

}  // namespace tridem::detail
