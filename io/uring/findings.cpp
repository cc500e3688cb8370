// SPDX-License-Identifier: MIT
// What a feature that is missing costs, and what is done about a defect.
#include "io/uring/findings.hpp"

#include <string>

namespace tridem::uring {

std::vector<finding> findings_of_features(const std::vector<bool>& is_there) {
  std::vector<finding> all;
  for (const feature& each : features()) {
    const std::string since = "Linux " + to_string(each.since);
    const std::string subject = "  " + std::string(each.name);
    if (is_there[all.size()]) {
      all.push_back({finding::verdict::good, subject, "there, since " + since, each.used_for, ""});
    } else {
      all.push_back({finding::verdict::note, subject, "not there, " + since + " has it",
                     "another way is taken for: " + std::string(each.used_for), ""});
    }
  }
  return all;
}

std::vector<finding> findings_of_defects(kernel_version kernel) {
  std::vector<finding> all;
  for (const known_defect& defect : known_defects()) {
    if (!affects(defect, kernel)) continue;
    all.push_back(
        {finding::verdict::good, "kernel defect", defect.what, "of this version", defect.action});
  }
  return all;
}

}  // namespace tridem::uring
