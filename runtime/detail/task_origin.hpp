// SPDX-License-Identifier: MIT
// Where a task was created, and its name once it has one: few tasks have, so both share a word.
#pragma once

#include <tridem/runtime/detail/call_site.hpp>

#include <bit>
#include <cstdint>
#include <string>
#include <utility>

namespace tridem::detail {

/// The place as such, or a pointer to a place with a name.
class task_origin {
 public:
  task_origin() noexcept = default;
  task_origin(const task_origin&) = delete;
  task_origin& operator=(const task_origin&) = delete;
  ~task_origin() {
    if (is_named()) [[unlikely]]
      delete with_name();
  }

  void set_place(call_site where) noexcept {
    if (is_named()) {
      with_name()->place = where;
    } else {
      bits_ = std::bit_cast<std::uintptr_t>(where);
    }
  }
  [[nodiscard]] call_site place() const noexcept {
    return is_named() ? with_name()->place : std::bit_cast<call_site>(bits_);
  }

  /// The empty name is none.
  void set_name(std::string name) {
    if (is_named()) {
      with_name()->name = std::move(name);
    } else if (!name.empty()) {
      const auto* named = new named_place{place(), std::move(name)};
      bits_ = reinterpret_cast<std::uintptr_t>(named) | named_bit;
    }
  }
  /// Null for none. Async-signal-safe.
  [[nodiscard]] const std::string* name() const noexcept {
    return is_named() && !with_name()->name.empty() ? &with_name()->name : nullptr;
  }

 private:
  struct named_place {
    call_site place;
    std::string name;
  };
  // What a named_place and a source_location are made of is aligned; an address in code need not
  // be, but has the bit of call_site. Leak checkers follow a pointer into an object, and no other.
  static constexpr std::uintptr_t named_bit = 1;

  [[nodiscard]] bool is_named() const noexcept {
    return (bits_ & named_bit) != 0 && !std::bit_cast<call_site>(bits_).is_code();
  }
  [[nodiscard]] named_place* with_name() const noexcept {
    return reinterpret_cast<named_place*>(bits_ & ~named_bit);
  }

  std::uintptr_t bits_ = std::bit_cast<std::uintptr_t>(call_site());
};

}  // namespace tridem::detail
