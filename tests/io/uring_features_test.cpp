// SPDX-License-Identifier: MIT
// The kernel table, fed with versions that this machine does not have.
#ifdef TRIDEM_HAS_URING
#include "io/uring/findings.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

using namespace tridem::uring;

namespace {

/// What is known against a kernel, by a word of its text.
bool is_known(std::string_view word, kernel_version kernel) {
  return std::ranges::any_of(known_defects(), [&](const known_defect& defect) {
    return std::string_view(defect.what).find(word) != std::string_view::npos &&
           affects(defect, kernel);
  });
}

/// What doctor would print of `kernel`, as far as versions tell.
std::string told_of(kernel_version kernel) {
  std::vector<bool> is_there;
  for (const feature& each : features()) is_there.push_back(each.since <= kernel);
  std::string text;
  for (const tridem::finding& found : findings_of_features(is_there)) {
    if (found.how != tridem::finding::verdict::good) text += to_string(found) + "\n";
  }
  for (const tridem::finding& found : findings_of_defects(kernel)) text += to_string(found) + "\n";
  return text;
}

const std::string no_futex =
    "note     futex wait: not there, Linux 6.7 has it; another way is taken for: doorbells of "
    "worker "
    "processes without an eventfd\n";
const std::string no_truncate =
    "note     truncate: not there, Linux 6.9 has it; another way is taken for: file::truncate "
    "without a thread\n";
const std::string multishot_accept =
    "good   kernel defect: multishot accept with DEFER_TASKRUN may give wrong descriptors; of this "
    "version; tridem accepts one connection at a time\n";
const std::string of_all =
    "good   kernel defect: a datagram between unix sockets that waits for room may arrive empty "
    "(seen on 6.18); of this version; such sends do not wait in the ring: tridem waits, and asks "
    "anew\n"
    "good   kernel defect: a ring keeps the user that it was made by (CVE-2024-22017); of this "
    "version; drop privileges before the first run()\n";

}  // namespace

TEST_CASE("doctor tells what a kernel lacks, and what it has wrong") {
  CHECK(told_of({6, 1, 0}) == no_futex + no_truncate + of_all);
  CHECK(told_of({6, 6, 0}) == no_futex + no_truncate + multishot_accept + of_all);
  CHECK(told_of({6, 8, 0}) == no_truncate + of_all);
  CHECK(told_of({6, 18, 0}) == of_all);
}

TEST_CASE("releases of distributions are read as far as they are numbers") {
  CHECK(parse_release("6.1.0-18-amd64") == kernel_version{6, 1, 0});
  CHECK(parse_release("5.10.186") == kernel_version{5, 10, 186});
  CHECK(parse_release("6.18.44-fc-v669") == kernel_version{6, 18, 44});
  CHECK(parse_release("6.9-rc3") == kernel_version{6, 9, 0});
  CHECK(parse_release("7") == kernel_version{7, 0, 0});
  CHECK(parse_release("strange") == kernel_version{});
  CHECK(parse_release("") == kernel_version{});
  CHECK(running_kernel() > kernel_version{4, 0, 0});
  CHECK(kernel_version{6, 9, 0} < kernel_version{6, 10, 0});
  CHECK(to_string({6, 1, 0}) == "6.1");
  CHECK(to_string({5, 10, 186}) == "5.10.186");
}

TEST_CASE("defects hold from one kernel to another, the last not included") {
  CHECK(is_known("DEFER_TASKRUN", {5, 15, 100}));
  CHECK(is_known("SQPOLL", {5, 10, 185}));
  CHECK(!is_known("SQPOLL", {5, 10, 186}));
  CHECK(!is_known("multishot accept", {6, 5, 99}));
  CHECK(is_known("multishot accept", {6, 6, 0}));
  CHECK(is_known("multishot accept", {6, 7, 12}));
  CHECK(!is_known("multishot accept", {6, 8, 0}));
  CHECK(is_known("CVE-2024-22017", {6, 18, 0}));
}

TEST_CASE("the floor of the table is Linux 6.1, which every required feature has") {
  kernel_version newest{};
  for (const feature& each : features()) {
    CAPTURE(each.name);
    if (each.is_required) newest = std::max(newest, each.since);
    CHECK(std::string_view(each.used_for) != "");
    if (each.shown_by == evidence::set_up) CHECK((setup_flags & each.number) == each.number);
    if (each.shown_by == evidence::feature_bit) CHECK((required_features & each.number) != 0);
  }
  CHECK(newest == kernel_version{6, 1, 0});
}

TEST_CASE("every set-up flag and every required bit has its row") {
  unsigned flags = 0;
  unsigned bits = 0;
  for (const feature& each : features()) {
    if (each.shown_by == evidence::set_up) flags |= each.number;
    if (each.shown_by == evidence::feature_bit) bits |= each.number;
  }
  CHECK((flags | IORING_SETUP_CLAMP) == setup_flags);  // CLAMP only forgives sizes
  CHECK(bits == required_features);
}
#endif
