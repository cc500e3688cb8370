// SPDX-License-Identifier: MIT
// The names that compilers give to functions, made readable.
#pragma once

#include <string>
#include <string_view>

namespace tridem::detail {

/// The readable form of what std::source_location calls a function, without its return type:
/// "ns::load(int)". g++ puts a mangled name into the frames of coroutines.
[[nodiscard]] std::string readable_function(std::string_view name);

/// The public name behind a coroutine that the library itself has written: "tridem::wait_for" for
/// one of wait_for.hpp. Empty for all others. Their own names are long, and say nothing to anybody
/// who did not write them.
///
/// @param readable  As given by `readable_function`.
[[nodiscard]] std::string library_name(std::string_view readable, std::string_view file);

/// True for functions that only pass a call on, on its way from a pool to the job.
[[nodiscard]] bool is_plumbing(std::string_view readable);

}  // namespace tridem::detail
