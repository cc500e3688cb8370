// SPDX-License-Identifier: MIT
// How long a retry waits.
#include <tridem/runtime/exception.hpp>
#include <tridem/runtime/retry.hpp>
#include <tridem/runtime/sleep.hpp>

#include <algorithm>
#include <cmath>
#include <new>
#include <random>
#include <string>

namespace tridem::detail {

task<> pause_after_failure(retry_policy policy, unsigned number, std::exception_ptr failure) {
  if (number >= policy.attempts) {
    try {
      add_note(failure, "gave up after " + std::to_string(number) +
                            (number == 1 ? " attempt" : " attempts"));
    } catch (const std::bad_alloc&) {
      // Out of memory for a note: the failure itself is what counts.
    }
    std::rethrow_exception(failure);
  }
  failure = nullptr;
  static thread_local std::minstd_rand random{std::random_device{}()};
  const double shorter =
      std::uniform_real_distribution<double>(0.0, std::clamp(policy.jitter, 0.0, 1.0))(random);
  const double longest = static_cast<double>(policy.longest_pause.count());
  const double pause = static_cast<double>(policy.first_pause.count()) *
                       std::pow(policy.factor, static_cast<double>(number - 1));
  co_await sleep(duration(static_cast<duration::rep>(std::min(pause, longest) * (1.0 - shorter))));
}

}  // namespace tridem::detail
