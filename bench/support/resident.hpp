// SPDX-License-Identifier: MIT
// How much memory this process has in its hands.
#pragma once

#include <cstdio>
#include <unistd.h>

namespace bench {

/// Resident size in bytes, as /proc/self/statm says; exact to a page.
inline double resident_bytes() {
  long size = 0;
  long resident = 0;
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  const int fields = file != nullptr ? std::fscanf(file, "%ld %ld", &size, &resident) : 0;
  if (file != nullptr) std::fclose(file);
  return fields == 2 ? static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE))
                     : 0;
}

}  // namespace bench
