// SPDX-License-Identifier: MIT
// A function with its arguments, to be called in worker processes: initialisers, finalisers.
#pragma once

#include <tridem/pool/detail/argument.hpp>
#include <tridem/pool/job.hpp>

#include <memory>
#include <utility>

namespace tridem {

/// What `in_worker<&f>(args...)` gives; empty when made by default. Copies share the arguments.
class worker_call {
 public:
  worker_call() noexcept = default;

  [[nodiscard]] explicit operator bool() const noexcept { return job_ != nullptr; }

  /// The function and its arguments, for whoever sends them (library use).
  [[nodiscard]] const detail::job_entry& job() const noexcept { return *job_; }
  [[nodiscard]] detail::encodable arguments() const noexcept { return {write_, kept_.get()}; }

 private:
  template <auto Function, class... Args>
  friend worker_call in_worker(Args&&... args);

  const detail::job_entry* job_ = nullptr;
  void (*write_)(message_writer&, const void* object) = nullptr;
  std::shared_ptr<const void> kept_;
};

/// `Function(args...)`, to be called in a worker later: `.initializer = in_worker<&load>("model")`.
///
/// Function and arguments as in process_pool::submit; the arguments are kept, and sent to every
/// worker anew. What the function returns is dropped.
template <auto Function, class... Args>
[[nodiscard]] worker_call in_worker(Args&&... args) {
  using signature = detail::job_signature<decltype(Function)>;
  using given = typename detail::given_parameters<typename signature::parameters>::type;
  using kept = typename detail::kept_arguments<given, Args...>::type;
  worker_call call;
  call.job_ = &detail::job<Function>::entry;
  call.write_ = &detail::argument_writer<given, kept>::write;
  call.kept_ = std::make_shared<const kept>(std::forward<Args>(args)...);
  return call;
}

}  // namespace tridem
