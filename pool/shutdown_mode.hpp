// SPDX-License-Identifier: MIT
// How a pool ends.
#pragma once

namespace tridem {

/// What becomes of the calls that a pool still has when it is shut down.
enum class shutdown_mode : unsigned char {
  drain,   ///< All are run to their end.
  cancel,  ///< Those that wait fail with pool_closed; those that run are asked to stop.
  kill,    ///< All fail with pool_closed at once; on threads, which nothing can kill, as cancel.
};

}  // namespace tridem
