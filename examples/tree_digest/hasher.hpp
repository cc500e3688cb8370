// SPDX-License-Identifier: MIT
// Where hashing happens: in worker processes, on threads, or on the loop.
#pragma once

#include "tree_digest/digest.hpp"
#include "tree_digest/options.hpp"

#include <tridem/runtime/task.hpp>

#include <cstddef>
#include <memory>
#include <string>

namespace tree_digest {

class hasher {
 public:
  virtual ~hasher() = default;

  /// Both arguments are borrowed until the task has ended.
  virtual tridem::task<answer> hash(const tridem::shared_memory& block, const request& what) = 0;
  /// Lets everything end.
  virtual tridem::task<> finish() = 0;
  /// How many can hash at once.
  [[nodiscard]] virtual std::size_t width() const = 0;
  /// "2 processes", for the summary.
  [[nodiscard]] virtual std::string describe() const = 0;
};

[[nodiscard]] std::unique_ptr<hasher> make_hasher(executor where, std::size_t workers);

}  // namespace tree_digest
