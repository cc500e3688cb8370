// SPDX-License-Identifier: MIT
// The std::stop_token of a job and the event of its cancellation, by a thread that exists only if
// a job asks for one of them.
#pragma once

#include <tridem/io/descriptor.hpp>

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <stop_token>
#include <thread>

namespace tridem::detail {

class worker_channel;

class cancel_watch {
 public:
  explicit cancel_watch(worker_channel& channel) : channel_(channel) {}
  cancel_watch(const cancel_watch&) = delete;
  cancel_watch& operator=(const cancel_watch&) = delete;
  ~cancel_watch();

  /// Makes the token of the running call at `storage`, a std::stop_token that is not there yet.
  void construct_token(void* storage);

  /// An eventfd that is readable when a call is told to stop; -1 when there are no descriptors.
  [[nodiscard]] int event() noexcept;
  void clear_event() noexcept;

  /// The call has ended; its token stays as it is.
  void forget() noexcept;

 private:
  void watch() noexcept;
  void ring() const noexcept;

  worker_channel& channel_;
  std::mutex mutex_;
  std::stop_source source_{std::nostopstate};  // guarded by mutex_
  bool watching_ = false;                      // guarded by mutex_: a call with a token runs
  bool ending_ = false;                        // guarded by mutex_
  descriptor event_;                           // set once, guarded by mutex_
  std::thread thread_;
};

}  // namespace tridem::detail
