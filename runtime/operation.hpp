// SPDX-License-Identifier: MIT
// The intrusive node behind every wait that a driver serves, and the list in which it travels.
//
//   idle --submit--> queued --driver takes it--> in_flight --completion--> done
//                      |                             |
//                      +--cancel--> done             +--cancel--> cancelling --driver asks the
//                                                    ^            kernel to stop--+
//                                                    +----------------------------+
#pragma once

#include <tridem/runtime/detail/intrusive_list.hpp>
#include <tridem/runtime/detail/strand.hpp>

#include <cstdint>

namespace tridem {

/// Which operation a node is. The closed list of values stands in io/operations.hpp.
enum class op_kind : std::uint8_t;

/// Where in its life an operation is; the picture stands at the top of this file.
enum class operation_state : std::uint8_t { idle, queued, in_flight, cancelling, done };

struct operation_list_tag;

/// One request to the system and its answer. Concrete operations derive from it and add parameters.
///
/// The node lives in the awaiting coroutine's frame and must stay in place from submit to done:
/// destroying one that a driver still holds aborts. A driver owns `driver_tag` and `driver_data`
/// while it holds the node.
///
/// Threads: the loop's thread only.
class operation : public detail::suspension, public detail::list_hook<operation_list_tag> {
 public:
  explicit operation(op_kind which) noexcept : kind(which) {}
  /// Copies the request. Only an idle operation may be copied: afterwards its address is known
  /// elsewhere.
  operation(const operation& other) noexcept;
  operation& operator=(const operation&) = delete;
  ~operation();

  /// Asks for an early end. A queued operation ends at once with -ECANCELED; one in flight is
  /// handed to the driver, and its completion still decides: a result that was already there is
  /// delivered.
  void request_cancel() noexcept final;

  /// True once `request_cancel` was called; with a result of -ECANCELED or -EINTR the wait was cut
  /// short.
  [[nodiscard]] bool was_cancelled() const noexcept {
    return cancel_requested && (result == cancelled_result || result == interrupted_result);
  }

  static constexpr std::int32_t cancelled_result = -125;  // -ECANCELED on Linux
  static constexpr std::int32_t interrupted_result =
      -4;  // -EINTR: a blocked kernel thread was stopped

  const op_kind kind;
  operation_state state = operation_state::idle;
  bool cancel_requested = false;
  /// The kernel's answer: >= 0 a value, < 0 a negated errno.
  std::int32_t result = 0;
  std::uint64_t driver_tag = 0;
  void* driver_data = nullptr;
};

/// Operations on their way to or from a driver, in order.
using operation_list = detail::intrusive_list<operation, operation_list_tag>;

}  // namespace tridem
