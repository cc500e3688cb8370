// SPDX-License-Identifier: MIT
// The life of an operation, as far as the loop is concerned.
#include <tridem/runtime/assert.hpp>
#include <tridem/runtime/detail/loop_core.hpp>
#include <tridem/runtime/operation.hpp>
#include <tridem/runtime/operation_awaitable.hpp>

namespace tridem {

operation::operation(const operation& other) noexcept
    : detail::suspension(other), detail::list_hook<operation_list_tag>(other), kind(other.kind) {
  TRIDEM_ASSERT(other.state == operation_state::idle,
                "an operation was copied while it was under way; copy it before it is awaited");
}

operation::~operation() {
  TRIDEM_ASSERT(state == operation_state::idle || state == operation_state::done,
                "an operation was destroyed while the system still works on it: its frame was "
                "destroyed in mid-wait; "
                "cancel the task and await it instead");
}

void operation::request_cancel() noexcept {
  cancel_requested = true;
  detail::loop_core& loop = *waiter->loop;
  if (state == operation_state::queued) {
    // No driver knows it yet, so nothing can have happened.
    operation_list::erase(*this);
    state = operation_state::done;
    result = cancelled_result;
    waiter->complete();
  } else if (state == operation_state::in_flight) {
    state = operation_state::cancelling;
    loop.submitted.push_back(*this);
  }
}

namespace detail {

std::error_code operation_error(const operation& op) noexcept {
  return {-op.result, std::generic_category()};
}

void throw_operation_failure(const operation& op) {
  if (op.was_cancelled()) throw_cancelled();
  char what[256];
  op.describe(what, sizeof what);
  throw std::system_error(operation_error(op), what);
}

void strand::complete() noexcept {
  loop->check_thread("a wait was ended");
  pending = nullptr;
  loop->ready.push_back(*this);
  if (decides_by_completion) [[unlikely]]
    completed();
}

}  // namespace detail
}  // namespace tridem
