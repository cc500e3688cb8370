// SPDX-License-Identifier: MIT
// Refuses a second task where one is at work already.
#pragma once

#include <system_error>

namespace tridem::detail {

/// Stands for the one read, or write, that may be in flight; a second one is an error, as it is on
/// the streams below.
class one_at_a_time {
 public:
  one_at_a_time(bool& busy, const char* text) : busy_(busy) {
    if (busy) refuse(text);
    busy = true;
  }
  one_at_a_time(const one_at_a_time&) = delete;
  one_at_a_time& operator=(const one_at_a_time&) = delete;
  ~one_at_a_time() { busy_ = false; }

  [[noreturn]] static void refuse(const char* text) {
    throw std::system_error(std::make_error_code(std::errc::device_or_resource_busy), text);
  }

 private:
  bool& busy_;
};

}  // namespace tridem::detail
