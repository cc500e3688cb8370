// SPDX-License-Identifier: MIT
// The side table that gives C++ exceptions stacks and notes, and their printed form.
#include <tridem/runtime/cancellation.hpp>
#include <tridem/runtime/detail/async_stack.hpp>
#include <tridem/runtime/detail/promise.hpp>
#include <tridem/runtime/detail/symbols.hpp>
#include <tridem/runtime/exception.hpp>
#include <tridem/runtime/exception_group.hpp>
#include <tridem/runtime/result.hpp>

#include <array>
#include <cstddef>
#include <cstdio>
#include <cxxabi.h>
#include <typeinfo>
#include <utility>

namespace tridem {
namespace {

struct remembered {
  std::exception_ptr error;
  async_stack stack;        // first where it came from: threads, processes, generators
  std::size_t origins = 0;  // so many places; the awaits follow
  std::vector<std::string> notes;
};

constexpr std::size_t places_max = 512;

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
    entry = {error, {}, 0, {}};
    return entry;
  }
};

exception_table& table() {
  static thread_local exception_table of_this_thread;
  return of_this_thread;
}

// The object that `error` holds, which lives as long as that does.
const exception_group* group_in(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const exception_group& group) {
    return &group;
  } catch (...) {
    return nullptr;
  }
}

std::string head_of(const exception_group& group) {
  const std::size_t count = group.exceptions().size();
  return "tridem::exception_group: " + group.message() + " (" + std::to_string(count) +
         (count == 1 ? " error)" : " errors)");
}

std::string indented(const std::string& lines) {
  std::string text;
  for (const char c : lines) {
    text += c;
    if (c == '\n') text += "    ";
  }
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

std::string format_exception(const std::exception_ptr& error) {
  if (error == nullptr) return "no exception";
  const exception_group* group = group_in(error);
  std::string text = group == nullptr ? detail::describe_exception(error) : head_of(*group);
  if (const std::string stack = format_stack(stack_of(error)); !stack.empty()) {
    text += "\n  async stack, innermost await first:\n" + stack;
  }
  for (const std::string& note : notes(error)) text += "\n  note: " + note;
  if (group == nullptr) return text;
  for (std::size_t i = 0; i < group->exceptions().size(); ++i) {
    text +=
        "\n  " + std::to_string(i + 1) + ". " + indented(format_exception(group->exceptions()[i]));
  }
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

void add_origin(const std::exception_ptr& error, stack_place place) noexcept {
  try {
    remembered& entry = table().find_or_add(error);
    const auto before_awaits = entry.stack.begin() + static_cast<std::ptrdiff_t>(entry.origins);
    entry.stack.insert(before_awaits, std::move(place));
    ++entry.origins;
  } catch (...) {
    // Out of memory while describing an error: the error itself is what counts.
  }
}

void note_beside(const std::exception_ptr& error, const char* what,
                 const std::exception_ptr& other) noexcept {
  try {
    add_note(error, std::string(what) + ": " + describe_exception(other));
  } catch (...) {
    // The error itself is what counts.
  }
}

void report_unheard(const char* what, const std::exception_ptr& error) noexcept {
  std::fprintf(stderr, "tridem: %s: %s\n", what, try_format_exception(error).c_str());
}

std::string try_format_exception(const std::exception_ptr& error) noexcept {
  try {
    return format_exception(error);
  } catch (...) {
    return "(no memory)";  // short enough to need none
  }
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
    return detail::readable_type(typeid(known).name()) + ": " + known.what();
  } catch (const cancelled&) {
    return "tridem::cancelled";
  } catch (...) {
    const std::type_info* type = abi::__cxa_current_exception_type();
    return "an exception of type " + detail::readable_type(type == nullptr ? "?" : type->name());
  }
}

void continue_stack(const std::exception_ptr& error) noexcept {
  if (error == nullptr) return;
  if (remembered* known = table().find(error)) known->origins = known->stack.size();
}

void promise_base::note_failure(const std::exception_ptr& error) noexcept {
  if (is_cancelled_exception(error)) return;
  try {
    remembered& entry = table().find_or_add(error);
    if (entry.stack.size() > entry.origins) return;  // a frame below has noted it
    if (entry.origins >= places_max) return;         // it is thrown from task to task, for ever
    const async_stack awaits = capture_stack(*this);
    entry.stack.insert(entry.stack.end(), awaits.begin(), awaits.end());
  } catch (...) {
    // As above.
  }
}

}  // namespace detail
}  // namespace tridem
