// SPDX-License-Identifier: MIT
// A callable that each thread of a pool calls once: its initializer, its finalizer.
#pragma once

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

namespace tridem::detail {

/// Holds any copyable callable without arguments; empty when made by default. Copies share it, and
/// several threads may call it at once.
class thread_hook {
 public:
  thread_hook() noexcept = default;
  template <class F>
    requires(!std::same_as<std::remove_cvref_t<F>, thread_hook> &&
             std::is_invocable_v<const std::decay_t<F>&>)
  thread_hook(F&& f)
      : kept_(std::make_shared<const std::decay_t<F>>(std::forward<F>(f))),
        call_([](const void* kept) { (*static_cast<const std::decay_t<F>*>(kept))(); }) {}

  [[nodiscard]] explicit operator bool() const noexcept { return kept_ != nullptr; }
  void operator()() const { call_(kept_.get()); }

 private:
  std::shared_ptr<const void> kept_;
  void (*call_)(const void*) = nullptr;
};

}  // namespace tridem::detail
