// SPDX-License-Identifier: MIT
// How the reports of debug mode name a strand.
#pragma once

#include <string>

namespace tridem::detail {

class strand;

/// "task 'name' (#3) <what>", then a line for each await at which it stands, or that it was at
/// last. Without a final line break. Threads: the strand's loop.
[[nodiscard]] std::string text_of(const strand& line, const char* what);

}  // namespace tridem::detail
