// SPDX-License-Identifier: MIT
// What running code can ask about the task it is part of.
#pragma once

#include <tridem/runtime/exception.hpp>

#include <cstdint>
#include <source_location>
#include <string>

namespace tridem::this_task {

/// The name given to create_task, or "task-<id>"; "main" for the one given to run. Empty outside a
/// task.
///
/// Threads: the loop's thread, as all of this header.
[[nodiscard]] const std::string& name() noexcept;
/// Renames the task.
void set_name(std::string name);
/// Counted from 1 in each loop, in order of creation; 0 outside a task.
[[nodiscard]] std::uint64_t id() noexcept;
/// True when the next cancellable await will throw `cancelled`. For loops that compute without
/// awaiting.
[[nodiscard]] bool cancel_requested() noexcept;
/// Where the task stands: the place of this call first, then every await up to the root of the
/// task, across gather, groups and generators. Empty outside a task. Cost: one allocation; no texts
/// are made.
[[nodiscard]] async_stack stack(std::source_location here = std::source_location::current());

}  // namespace tridem::this_task
