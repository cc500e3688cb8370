// SPDX-License-Identifier: MIT
// A library with jobs of its own: linked into the host, or loaded by it.
#pragma once

#include <string>

/// Calls jobs of this library in two worker processes.
///
/// @param worker_executable  The option of that name; empty for this program.
/// @returns                  "done", or "refused: " and why.
extern "C" __attribute__((visibility("default"))) const char* run_jobs(
    const char* worker_executable);
