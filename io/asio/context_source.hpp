// SPDX-License-Identifier: MIT
// The drivers that have an io_context to lend: each of its handlers then runs in a turn of the
// loop.
#pragma once

#include <boost/asio/io_context.hpp>

namespace tridem::detail {

/// A driver that runs the handlers of an io_context on its loop's thread, and sleeps in it.
class context_source {
 public:
  /// The context, from now on shared with strangers. What their handlers do to operations of the
  /// loop, in the middle of a turn, must not harm the turn.
  virtual boost::asio::io_context& share_context() noexcept = 0;

 protected:
  context_source() = default;
  ~context_source() = default;
};

}  // namespace tridem::detail
