// SPDX-License-Identifier: MIT
// The affinity mask, and cpu.max of the control group.
#include "pool/threads/usable_cpus.hpp"

#include <algorithm>
#include <fstream>
#include <sched.h>
#include <string>
#include <unistd.h>

namespace tridem::detail {
namespace {

std::size_t cpus_of_mask() {
  cpu_set_t mask;
  // Fails on machines with more CPUs than the set has bits: those have enough of them.
  if (::sched_getaffinity(::getpid(), sizeof mask, &mask) != 0) {
    return static_cast<std::size_t>(std::max(::sysconf(_SC_NPROCESSORS_ONLN), 1L));
  }
  return static_cast<std::size_t>(std::max(CPU_COUNT(&mask), 1));
}

// cpu.max holds "<quota> <period>" in microseconds, or "max <period>" (Documentation/admin-guide/
// cgroup-v2.rst). A quota of a parent group counts as well.
std::size_t cpus_of_quota(std::size_t limit) {
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    if (!line.starts_with("0::/")) continue;
    for (std::string path = line.substr(3); !path.empty(); path.resize(path.rfind('/'))) {
      std::ifstream file("/sys/fs/cgroup" + path + "/cpu.max");
      std::size_t quota = 0;
      std::size_t period = 0;
      if (file >> quota >> period && quota != 0 && period != 0) {
        limit = std::min(limit, (quota + period - 1) / period);
      }
    }
  }
  return limit;
}

}  // namespace

std::size_t usable_cpus() {
  return std::max<std::size_t>(cpus_of_quota(cpus_of_mask()), 1);
}

}  // namespace tridem::detail
