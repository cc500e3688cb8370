// SPDX-License-Identifier: MIT
// What is found on this machine, and how it is told.
#include <tridem/io/choose_driver.hpp>
#include <tridem/io/diagnose.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

using namespace tridem;

namespace {

const finding* find(const std::vector<finding>& all, std::string_view subject) {
  const auto at = std::ranges::find(all, subject, &finding::subject);
  return at == all.end() ? nullptr : &*at;
}

}  // namespace

TEST_CASE("each thing that matters is looked at, and nothing is wrong where tests run") {
  const std::vector<finding> all = diagnose();
  for (const char* subject : {"kernel", "drivers", "choice", "CPUs", "descriptors", "processes",
                              "locked memory", "/proc", "pidfds"}) {
    CAPTURE(subject);
    REQUIRE(find(all, subject) != nullptr);
  }
  for (const finding& each : all) {
    CAPTURE(to_string(each));
    CHECK(each.how != finding::verdict::wrong);
    CHECK(!each.what.empty());
    // Who is told of a problem is told what it means.
    if (each.how == finding::verdict::note) CHECK(!each.consequence.empty());
  }
}

TEST_CASE("the driver that is told is the one that comes") {
  const std::vector<finding> all = diagnose();
  const std::string name = choose_driver()->name();
  CHECK(find(all, "choice")->what.find("'" + name + "'") != std::string::npos);
}

TEST_CASE("a finding is one line: verdict, subject, and what there is to say") {
  finding all{finding::verdict::note, "subject", "what", "consequence", "advice"};
  CHECK(to_string(all) == "note   subject: what; consequence; advice");
  all.advice.clear();
  CHECK(to_string(all) == "note   subject: what; consequence");
  const finding least{finding::verdict::wrong, "subject", "what", "", ""};
  CHECK(to_string(least) == "WRONG  subject: what");
}
