// SPDX-License-Identifier: MIT
// std::allocator_arg: coroutines whose frames come from an allocator of the caller.
//
//     tridem::task<> parse(std::allocator_arg_t, std::pmr::polymorphic_allocator<> arena, int fd);
//     co_await parse(std::allocator_arg, &pool, fd);
//
// A task, a generator or an async_generator whose parameters begin with a std::allocator_arg_t and
// an allocator has its frame allocated by that allocator, rebound, and given back to it; for a
// member function or a lambda the two follow the object. All other coroutines pay nothing for it.
#pragma once

#include <tridem/runtime/detail/allocator_arg_traits.hpp>

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace tridem::detail {

/// A promise whose frame comes from an `Allocator`, rebound, and goes back to it.
///
/// It adds no member: its frame is that of `Promise`, and is reached through handles of that. The
/// allocator is kept behind the frame, unless all of its kind are equal.
template <class Promise, class Allocator>
class allocated_promise final : public Promise {
  struct alignas(16) unit {
    std::byte bytes[16];
  };
  using allocator = typename std::allocator_traits<Allocator>::template rebind_alloc<unit>;
  using traits = std::allocator_traits<allocator>;
  static constexpr bool is_kept =
      !(traits::is_always_equal::value && std::is_default_constructible_v<allocator>);
  static_assert(alignof(allocator) <= alignof(unit),
                "tridem: this allocator asks for more alignment than a frame has");

  static constexpr std::size_t units(std::size_t bytes) noexcept {
    return (bytes + sizeof(unit) - 1) / sizeof(unit);
  }
  static constexpr std::size_t kept_units = is_kept ? units(sizeof(allocator)) : 0;

 public:
  allocated_promise() noexcept {
    static_assert(sizeof(allocated_promise) == sizeof(Promise) &&
                  alignof(allocated_promise) == alignof(Promise));
  }

  // Both are inlined always: g++ takes a new with more arguments and the usual delete for a
  // mistake.

  /// For functions, whose parameters begin with it.
  template <class... Rest>
  [[gnu::always_inline]] static void* operator new(std::size_t size, std::allocator_arg_t,
                                                   const Allocator& given, const Rest&...) {
    return allocate(size, allocator(given));
  }
  /// For member functions and lambdas: the object comes first.
  template <class Object, class... Rest>
  [[gnu::always_inline]] static void* operator new(std::size_t size, const Object&,
                                                   std::allocator_arg_t, const Allocator& given,
                                                   const Rest&...) {
    return allocate(size, allocator(given));
  }
  [[gnu::always_inline]] static void operator delete(void* frame, std::size_t size) noexcept {
    const std::size_t of_frame = units(size);
    auto* first = static_cast<unit*>(frame);
    auto pointer = std::pointer_traits<typename traits::pointer>::pointer_to(*first);
    if constexpr (is_kept) {
      auto* kept = std::launder(reinterpret_cast<allocator*>(first + of_frame));
      allocator own(std::move(*kept));
      kept->~allocator();
      traits::deallocate(own, pointer, of_frame + kept_units);
    } else {
      allocator own;
      traits::deallocate(own, pointer, of_frame);
    }
  }

 private:
  static void* allocate(std::size_t size, allocator own) {
    const std::size_t of_frame = units(size);
    unit* first = std::to_address(traits::allocate(own, of_frame + kept_units));
    if constexpr (is_kept) {
      ::new (static_cast<void*>(first + of_frame)) allocator(std::move(own));
    }
    return first;
  }
};

}  // namespace tridem::detail
