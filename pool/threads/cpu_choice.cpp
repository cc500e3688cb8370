// SPDX-License-Identifier: MIT
// From the wishes of the options to affinity masks.
#include "pool/threads/cpu_choice.hpp"

#include "pool/threads/usable_cpus.hpp"

#include <algorithm>
#include <fstream>
#include <pthread.h>
#include <sched.h>
#include <sstream>
#include <stdexcept>
#include <string>

namespace tridem::detail {
namespace {

std::vector<int> cpus_of_process() {
  std::vector<int> usable;
  cpu_set_t mask;
  if (::sched_getaffinity(0, sizeof mask, &mask) != 0) return usable;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(static_cast<unsigned>(cpu), &mask)) usable.push_back(cpu);
  }
  return usable;
}

// Documentation/ABI/stable/sysfs-devices-node.
std::vector<int> cpus_of_node(const thread_pool_options& options) {
  const std::string path =
      "/sys/devices/system/node/node" + std::to_string(options.numa_node) + "/cpulist";
  std::ifstream file(path);
  std::string text;
  if (!std::getline(file, text)) {
    throw std::invalid_argument("thread pool '" + options.name + "': there is no NUMA node " +
                                std::to_string(options.numa_node) + " on this machine (no " + path +
                                ")");
  }
  return parse_cpu_list(text);
}

void keep_only(std::vector<int>& chosen, const std::vector<int>& allowed) {
  std::erase_if(chosen, [&](int cpu) { return std::ranges::find(allowed, cpu) == allowed.end(); });
}

std::vector<int> choose(const thread_pool_options& options) {
  if (options.cpus.empty() && options.numa_node < 0 && !options.pin) return {};
  std::vector<int> chosen = options.cpus.empty() ? cpus_of_process() : options.cpus;
  keep_only(chosen, cpus_of_process());
  if (options.numa_node >= 0) keep_only(chosen, cpus_of_node(options));
  if (chosen.empty()) {
    throw std::invalid_argument("thread pool '" + options.name +
                                "': this process may use none of the CPUs that its options name "
                                "(see Cpus_allowed_list in /proc/self/status)");
  }
  return chosen;
}

}  // namespace

std::vector<int> parse_cpu_list(const std::string& text) {
  std::vector<int> cpus;
  std::istringstream list(text);
  for (std::string part; std::getline(list, part, ',');) {
    std::istringstream range(part);
    int first = 0;
    if (!(range >> first)) continue;
    int last = first;
    if (char dash = 0; range >> dash >> last && dash != '-') last = first;
    for (int cpu = first; cpu <= last; ++cpu) cpus.push_back(cpu);
  }
  return cpus;
}

cpu_choice::cpu_choice(const thread_pool_options& options)
    : cpus_(choose(options)), pin_(options.pin), count_(usable_cpus()) {
  if (!cpus_.empty()) count_ = std::min(count_, cpus_.size());
}

void cpu_choice::bind_thread(std::size_t number) const noexcept {
  if (cpus_.empty()) return;
  cpu_set_t mask;
  CPU_ZERO(&mask);
  if (pin_) {
    CPU_SET(static_cast<unsigned>(cpus_[number % cpus_.size()]), &mask);
  } else {
    for (const int cpu : cpus_) CPU_SET(static_cast<unsigned>(cpu), &mask);
  }
  // Fails where the CPUs have been taken from the process since: then it runs where it may.
  (void)::pthread_setaffinity_np(::pthread_self(), sizeof mask, &mask);
}

}  // namespace tridem::detail
