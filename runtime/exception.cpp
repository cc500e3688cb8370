// SPDX-License-Identifier: MIT
// The side table that gives C++ exceptions stacks and notes, and their printed form.
#include <tridem/runtime/cancellation.hpp>
#include <tridem/runtime/detail/async_stack.hpp>
#include <tridem/runtime/detail/promise.hpp>
#include <tridem/runtime/exception.hpp>
#include <tridem/runtime/result.hpp>

#include <array>
#include <cstdlib>
#include <cstring>
#include <cxxabi.h>
#include <typeinfo>
#include <utility>

namespace tridem {
namespace {

struct remembered {
  std::exception_ptr error;
  async_stack stack;
  std::vector<std::string> notes;
};

// C++ exceptions have no slot for either, so they stand beside them. Bounded, so that errors of
// long ago are let go.
struct exception_table {
  static constexpr std::size_t capacity = 64;
  std::array<remembered, capacity> entries;
  std::size_t next = 0;

  remembered* find(const std::exception_ptr& error) noexcept {
    for (remembered& entry : entries) {
      if (entry.error == error) return &entry;
    }
    return nullptr;
  }
  remembered& find_or_add(const std::exception_ptr& error) {
    if (remembered* known = find(error)) return *known;
    remembered& entry = entries[next];
    next = (next + 1) % capacity;
    entry = {error, {}, {}};
    return entry;
  }
};

exception_table& table() {
  static thread_local exception_table of_this_thread;
  return of_this_thread;
}

std::string demangled(const char* name) {
  int status = 0;
  char* readable = abi::__cxa_demangle(name, nullptr, nullptr, &status);
  std::string text = status == 0 ? readable : name;
  std::free(readable);
  return text;
}

}  // namespace

void add_note(std::string text) {
  add_note(std::current_exception(), std::move(text));
}

void add_note(const std::exception_ptr& error, std::string text) {
  if (error != nullptr) table().find_or_add(error).notes.push_back(std::move(text));
}

std::vector<std::string> notes(const std::exception_ptr& error) {
  const remembered* known = error == nullptr ? nullptr : table().find(error);
  return known == nullptr ? std::vector<std::string>{} : known->notes;
}

async_stack stack_of(const std::exception_ptr& error) {
  const remembered* known = error == nullptr ? nullptr : table().find(error);
  return known == nullptr ? async_stack{} : known->stack;
}

std::string format_stack(const async_stack& stack) {
  std::string text;
  for (const std::source_location& place : stack) {
    if (place.line() == 0) continue;
    text += "\n    at " + detail::readable_function(place.function_name()) + " (" +
            place.file_name() + ":" + std::to_string(place.line()) + ")";
  }
  return text.empty() ? text : text.substr(1);
}

std::string format_exception(const std::exception_ptr& error) {
  if (error == nullptr) return "no exception";
  std::string text = detail::describe_exception(error);
  if (const std::string stack = format_stack(stack_of(error)); !stack.empty()) {
    text += "\n  async stack, innermost await first:\n" + stack;
  }
  for (const std::string& note : notes(error)) text += "\n  note: " + note;
  return text;
}

namespace detail {

bool is_cancelled_exception(const std::exception_ptr& error) noexcept {
  if (error == nullptr) return false;
#if defined(__GLIBCXX__)
  return *error.__cxa_exception_type() == typeid(cancelled);
#else
  try {
    std::rethrow_exception(error);
  } catch (const cancelled&) {
    return true;
  } catch (...) {
    return false;
  }
#endif
}

void keep_stack(const std::exception_ptr& error, async_stack stack) {
  remembered& entry = table().find_or_add(error);
  if (entry.stack.empty()) entry.stack = std::move(stack);
}

bool has_stack(const std::exception_ptr& error) noexcept {
  const remembered* known = table().find(error);
  return known != nullptr && !known->stack.empty();
}

std::error_code code_of(const std::exception_ptr& failure) noexcept {
  try {
    std::rethrow_exception(failure);
  } catch (const std::system_error& known) {
    return known.code();
  } catch (...) {
    return {};
  }
}

std::string describe_exception(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& known) {
    return demangled(typeid(known).name()) + ": " + known.what();
  } catch (const cancelled&) {
    return "tridem::cancelled";
  } catch (...) {
    const std::type_info* type = abi::__cxa_current_exception_type();
    return "an exception of type " + demangled(type == nullptr ? "?" : type->name());
  }
}

std::string readable_function(const char* name) {
  // g++ names a coroutine's body "void _ZN4leafEv(_ZN4leafEv.Frame*)"; what is wanted is inside.
  const char* mangled = std::strstr(name, "_Z");
  if (mangled == nullptr) return name;
  const std::size_t length = std::strcspn(mangled, "(. ");
  return demangled(std::string(mangled, length).c_str());
}

async_stack capture_stack(const promise_base* innermost) {
  async_stack stack;
  constexpr std::size_t frames_max = 256;
  const promise_base* at = innermost;
  while (at != nullptr && stack.size() < frames_max) {
    stack.push_back(at->where);
    at = at->continuation ? at->parent() : at->line->awaited_by();
  }
  return stack;
}

void promise_base::note_failure(const std::exception_ptr& error) noexcept {
  if (is_cancelled_exception(error) || has_stack(error)) return;
  try {
    keep_stack(error, capture_stack(this));
  } catch (...) {
    // Out of memory while describing an error: the error itself is what counts.
  }
}

}  // namespace detail
}  // namespace tridem
