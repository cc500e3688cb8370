// SPDX-License-Identifier: MIT
// How a cancel scope requests stop on a std::stop_source.
#include <tridem/runtime/cancellation.hpp>
#include <tridem/runtime/detail/loop_core.hpp>
#include <tridem/runtime/stop_token.hpp>

namespace tridem {
namespace {

class stop_listener final : public detail::scope_listener {
 public:
  void scope_cancelled() noexcept override { source_.request_stop(); }
  void scope_gone() noexcept override { delete this; }
  [[nodiscard]] std::stop_token token() const noexcept { return source_.get_token(); }

 private:
  std::stop_source source_;
};

}  // namespace

std::stop_token this_task::stop_token() {
  const detail::loop_core* loop = detail::loop_core::current();
  if (loop == nullptr || loop->running == nullptr) return {};
  detail::scope_node& scope = *loop->running->scope;
  // There is one kind of listener, and one of it serves all who ask.
  if (detail::scope_listener* there = scope.first_listener()) {
    return static_cast<stop_listener&>(*there).token();
  }
  auto* listener = new stop_listener;
  scope.add_listener(*listener);
  return listener->token();
}

}  // namespace tridem
