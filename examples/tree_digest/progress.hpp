// SPDX-License-Identifier: MIT
// What a person sees meanwhile, and at the end.
#pragma once

#include "tree_digest/hasher.hpp"
#include "tree_digest/report.hpp"

#include <tridem/runtime/task.hpp>
#include <tridem/runtime/time.hpp>

#include <string>

namespace tree_digest {

/// Draws a line on stderr ten times a second, until it is cancelled. How much there is altogether
/// it learns from a survey on a thread, so the time that is left is known only after a while.
tridem::task<> show_progress(std::string directory, const report& results);

/// Some lines on stderr.
///
/// @param how_it_ended     Null when all is done, else "interrupted: " and the like.
/// @param clears_progress  Whether a line of progress may stand where the summary goes.
void print_summary(const report& results, const hasher& hash_by, tridem::duration took,
                   const char* how_it_ended, bool clears_progress);

}  // namespace tree_digest
