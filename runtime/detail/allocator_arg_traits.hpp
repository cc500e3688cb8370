// SPDX-License-Identifier: MIT
// Which coroutines ask for an allocator. Small, because every coroutine is asked.
#pragma once

#include <coroutine>
#include <tuple>  // std::allocator_arg_t
#include <type_traits>

namespace tridem::detail {

/// Incomplete until <tridem/runtime/allocator_arg.hpp> is included, which a coroutine that asks for
/// an allocator needs.
template <class Promise, class Allocator>
class allocated_promise;

template <class Promise, class Allocator>
using allocated_promise_for = allocated_promise<Promise, std::remove_cvref_t<Allocator>>;

}  // namespace tridem::detail
