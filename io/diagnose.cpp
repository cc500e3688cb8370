// SPDX-License-Identifier: MIT
// One finding after the other; each asks the system, and none believes a version alone.
#include "io/posix/built_drivers.hpp"
#include "io/posix/machine.hpp"
#include "io/posix/uring_refusal.hpp"

#include <tridem/io/choose_driver.hpp>
#include <tridem/io/diagnose.hpp>

#ifdef TRIDEM_HAS_URING
#include "io/uring/driver.hpp"
#include "io/uring/findings.hpp"
#endif

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <iterator>
#include <string_view>
#include <sys/utsname.h>
#include <system_error>

namespace tridem {
namespace {

using enum finding::verdict;

using detail::has_asio;
using detail::has_uring;

finding kernel_found() {
  ::utsname names{};
  if (::uname(&names) != 0) return {note, "kernel", "unknown", "", ""};
  return {good, "kernel", std::string(names.sysname) + ' ' + names.release + ' ' + names.machine,
          "", ""};
}

finding build_found() {
  if (has_uring && has_asio) {
    return {good, "drivers", "io_uring and Asio are in this build",
            "io_uring where it is allowed, else Asio", ""};
  }
  return {note, "drivers",
          has_uring ? "only io_uring is in this build" : "only Asio is in this build",
          has_uring ? "where io_uring is forbidden, nothing runs" : "io_uring is not used",
          has_uring ? "build with TRIDEM_ASIO=ON to run everywhere"
                    : "build with TRIDEM_URING=ON for the faster driver"};
}

#ifdef TRIDEM_HAS_URING
std::vector<bool> features_of(const uring::ring& ring) {
  std::vector<bool> is_there;
  for (const uring::feature& each : uring::features()) {
    is_there.push_back(each.shown_by == uring::evidence::opcode         ? ring.knows(each.number)
                       : each.shown_by == uring::evidence::registration ? ring.is_registered()
                                                                        : true);
  }
  return is_there;
}

std::vector<finding> uring_found() {
  std::vector<finding> all;
  try {
    static_cast<void>(make_uring_driver({8, 16}));
    const uring::ring trial({8, 16});
    all.push_back(
        {good, "io_uring", "allowed, and it answered a first request", "loops run on it", ""});
    std::ranges::move(uring::findings_of_features(features_of(trial)), std::back_inserter(all));
  } catch (const std::system_error& error) {
    all.push_back({has_asio ? note : wrong, "io_uring",
                   detail::cause_of_refusal(error) + " (errno " +
                       std::to_string(error.code().value()) + ", " + error.code().message() + ')',
                   has_asio ? "loops run on the Asio driver, which takes more CPU" : "no loop runs",
                   has_asio ? "" : "build with TRIDEM_ASIO=ON"});
  }
  std::ranges::move(uring::findings_of_defects(uring::running_kernel()), std::back_inserter(all));
  return all;
}
#else
std::vector<finding> uring_found() {
  return {};
}
#endif

finding choice_found() {
  try {
    const std::string name = choose_driver()->name();
    return {good, "choice", "run() takes the driver '" + name + "'", "", ""};
  } catch (const std::exception& error) {
    return {wrong, "choice", "run() finds no driver", error.what(), "see above"};
  }
}

struct variable {
  const char* name;
  const char* meaning;
};
constexpr variable variables[] = {
    {"TRIDEM_DRIVER", "forces a driver: uring or asio"},
    {"TRIDEM_DEBUG", "1 turns on debug mode: slower, and it finds misuse"},
    {"TRIDEM_SEED", "the order in which debug mode resumes tasks"},
    {"TRIDEM_WATCHDOG", "reports turns that last longer: 100ms"},
};

std::vector<finding> environment_found() {
  std::vector<finding> all;
  for (const auto& [name, meaning] : variables) {
    const char* const value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    all.push_back({note, name, "is set to '" + std::string(value) + "'", meaning,
                   "unset it when that is not wanted"});
  }
  if (all.empty()) {
    std::string names;
    for (const variable& each : variables)
      names += (names.empty() ? "" : ", ") + std::string(each.name);
    all.push_back({good, "environment", "none of " + names + " is set", "the defaults hold", ""});
  }
  return all;
}

void append(std::vector<finding>& all, std::vector<finding> more) {
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

std::string to_string(const finding& found) {
  constexpr std::string_view verdicts[] = {"good   ", "note   ", "WRONG  "};
  std::string line(verdicts[static_cast<std::size_t>(found.how)]);
  line += found.subject + ": " + found.what;
  if (!found.consequence.empty()) line += "; " + found.consequence;
  if (!found.advice.empty()) line += "; " + found.advice;
  return line;
}

std::vector<finding> diagnose() {
  std::vector<finding> all{kernel_found(), build_found()};
  append(all, uring_found());
  all.push_back(choice_found());
  all.push_back(detail::cpus_found());
  all.push_back(detail::descriptors_found());
  all.push_back(detail::processes_found());
  all.push_back(detail::locked_memory_found());
  append(all, detail::cgroup_found());
  all.push_back(detail::proc_found());
  all.push_back(detail::pidfds_found());
  append(all, environment_found());
  return all;
}

}  // namespace tridem
