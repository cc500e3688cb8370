// SPDX-License-Identifier: MIT
// How debug mode begins, looks around, and ends.
#include "runtime/debug/loop_debug.hpp"

#include "runtime/debug/loop_registry.hpp"
#include "runtime/debug/strand_text.hpp"
#include "runtime/debug/unawaited.hpp"

#include <tridem/runtime/detail/frame_quarantine.hpp>
#include <tridem/runtime/detail/gather_core.hpp>
#include <tridem/runtime/detail/scope_node.hpp>
#include <tridem/runtime/event_loop.hpp>

#include <atomic>
#include <cstdio>
#include <string>
#include <vector>

namespace tridem::detail {
namespace {

void announce_once(const debug_settings& settings) {
  static std::atomic<bool> is_said{false};
  if (is_said.exchange(true)) return;
  const auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(settings.watchdog).count();
  const std::string watchdog =
      settings.watchdog == duration::zero()
          ? "no watchdog"
          : "a watchdog for turns above " + std::to_string(milliseconds) + " ms";
  std::fprintf(stderr,
               "tridem: debug mode: ready tasks are shuffled, freed frames poisoned, threads "
               "checked, tasks that are never awaited or never resumed told, %s; for the same "
               "order again: TRIDEM_DEBUG=1 TRIDEM_SEED=%llu\n",
               watchdog.c_str(), static_cast<unsigned long long>(settings.seed));
}

}  // namespace

loop_debug::loop_debug(event_loop& loop, const debug_settings& settings)
    : loop_(loop), serial_(enter_debug_mode(loop.thread_name())), shuffle_(settings.seed) {
  announce_once(settings);
  enter_quarantine();
}

loop_debug::~loop_debug() {
  leave_quarantine();
  leave_debug_mode(serial_);
  tell_repeated_unawaited();
}

void loop_debug::look_for_lost_strands() {
  const time_point begin = clock::now();
  if (begin < look_again_) return;
  std::vector<const scope_node*> to_visit{&loop_.root_scope()};
  while (!to_visit.empty()) {
    const scope_node& scope = *to_visit.back();
    to_visit.pop_back();
    scope.children().for_each([&](const scope_node& inner) { to_visit.push_back(&inner); });
    const strand* line = scope.line();
    if (line != nullptr && line->scope == &scope) look_at(*line);
  }
  constexpr int rests_longer = 20;
  const time_point end = clock::now();
  const bool is_cheap = end - begin < std::chrono::microseconds(100);
  look_again_ = is_cheap ? end : end + rests_longer * (end - begin);
}

// The children of a gather stand in no tree but its own; one inside a scope is met by that.
void loop_debug::look_at(const strand& line) {
  std::vector<const strand*> to_look_at{&line};
  while (!to_look_at.empty()) {
    const strand& next = *to_look_at.back();
    to_look_at.pop_back();
    if (next.pending == nullptr) tell_lost(next);  // nothing is ready when this is called
    auto* gather = dynamic_cast<gather_core*>(next.pending);
    if (gather == nullptr) continue;
    std::pair<gather_core*, std::vector<const strand*>*> context{gather, &to_look_at};
    gather->visit_children(
        [](gather_child& child, void* into) noexcept {
          const auto& [within, list] = *static_cast<decltype(context)*>(into);
          if (child.scope == within) list->push_back(&child);
        },
        &context);
  }
}

void loop_debug::tell_lost(const strand& line) {
  if (!told_.emplace(&line, line.leaf()).second) return;
  std::fprintf(
      stderr,
      "tridem: %s\n  Known causes: g++ 12 with `if (co_await f())` (docs/compilers.md: name "
      "the value first), or an awaiter of your own that the loop is not told of.\n",
      text_of(line, "is suspended but waits for nothing, so nobody can resume it").c_str());
}

}  // namespace tridem::detail
