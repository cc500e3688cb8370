// SPDX-License-Identifier: MIT
// Reads the async stack off the frames.
#pragma once

#include <tridem/runtime/async_stack.hpp>
#include <tridem/runtime/detail/call_site.hpp>

#include <exception>

namespace tridem::detail {

class promise_base;
class strand;

/// The awaits from `innermost` up to the root of its task, through the strands that await each
/// other, and the creation of the task. A frame that has come to no await is shown by its function.
[[nodiscard]] async_stack capture_stack(const promise_base& innermost);

/// The awaits of one strand only, without what is around it.
[[nodiscard]] async_stack capture_strand(const strand& line);

/// Where the task `name` was created.
[[nodiscard]] stack_place creation_place(call_site where, std::string name);

/// The function to which the frame of a coroutine belongs, whatever it has come to.
[[nodiscard]] stack_place function_of_frame(const void* frame);

/// Adds `place` to what is known of the way of `error`: behind earlier ones of this kind, before
/// the awaits.
void add_origin(const std::exception_ptr& error, stack_place place) noexcept;

/// `error` is handed to another task, or out of it: to what is known of its way the awaits of
/// whoever throws it next are added.
void continue_stack(const std::exception_ptr& error) noexcept;

}  // namespace tridem::detail
