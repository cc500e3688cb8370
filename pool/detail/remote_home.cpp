// SPDX-License-Identifier: MIT
// Telling the death of the object from the failure of a call.
#include <tridem/pool/detail/remote_home.hpp>

#include <string>

namespace tridem::detail {

process_pool_options pool_options(const process_options& how) {
  process_pool_options options;
  options.workers = 1;
  options.max_message = how.max_message;
  options.grace = how.grace;
  options.limits = how.limits;
  options.worker_executable = how.worker_executable;
  options.environment = how.environment;
  return options;
}

void remote_home::check() const {
  if (gone) std::rethrow_exception(gone);
}

void remote_home::rethrow() {
  try {
    throw;
  } catch (const worker_crashed&) {
    if (!gone) gone = std::current_exception();
    throw;
  } catch (const remote_error& error) {
    if (error.type().find("remote_object_missing") == std::string::npos) throw;
    // The process had ended before this call came to it: killed from outside, or with a call that
    // was told to stop and did not.
    if (!gone) {
      gone = std::make_exception_ptr(
          pool_closed("the object of a remote is gone: the process in which it lived has ended"));
    }
    std::rethrow_exception(gone);
  }
}

}  // namespace tridem::detail
