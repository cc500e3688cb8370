// SPDX-License-Identifier: MIT
// What goes wrong between processes that share an object: one of them dies at the wrong moment.
#pragma once

#include <stdexcept>
#include <string>

namespace tridem::mp {

/// A process died while it held a lock, so what the lock protects may be half changed.
///
/// Thrown by every attempt to lock, until `recover` has been called. Crosses processes as itself.
class owner_died : public std::runtime_error {
 public:
  explicit owner_died(const std::string& what) : std::runtime_error(what) {}
};

/// Not all parties of a barrier will come: one that had the barrier died, or somebody called
/// `abort`. Crosses processes as itself.
class broken_barrier : public std::runtime_error {
 public:
  explicit broken_barrier(const std::string& what) : std::runtime_error(what) {}
};

}  // namespace tridem::mp
