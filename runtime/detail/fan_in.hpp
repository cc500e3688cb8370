// SPDX-License-Identifier: MIT
// Streams that are fed by tasks of their own: what feeders and reader share.
#pragma once

#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/detail/async_stack.hpp>
#include <tridem/runtime/exception.hpp>
#include <tridem/runtime/exception_group.hpp>
#include <tridem/runtime/queue.hpp>
#include <tridem/runtime/semaphore.hpp>

#include <cstddef>
#include <exception>
#include <memory>
#include <utility>
#include <vector>

namespace tridem::detail {

/// What the feeding tasks share with the reader. Counted, because the tasks end after a reader that
/// has gone.
template <class Item>
class fan_in {
 public:
  explicit fan_in(std::size_t bound) : room(bound), items(bound) {}

  ~fan_in() {
    if (error_ != nullptr && !is_told_) report_unheard("a stream failed after its reader", error_);
  }

  void feeder_ended(const std::exception_ptr& failure) noexcept {
    --feeders;
    // While somebody reads, only the end of `run` stops it: an end that is no end of the source.
    is_cut_ = is_cut_ || is_cancelled_exception(failure);
    fail(failure);
    if (feeders == 0) items.close();
  }
  /// The first failure ends the stream; later ones are its notes.
  void fail(const std::exception_ptr& failure) noexcept {
    if (failure == nullptr || is_cancelled_exception(failure)) return;
    if (error_ == nullptr) {
      error_ = failure;
      continue_stack(error_);
      items.close();
    } else if (is_told_) {
      report_unheard("a stream failed once more", failure);
    } else {
      note_beside(error_, "also failed beside it", failure);
    }
  }
  /// What came before has been read: throws what ended the stream, if it was not the source.
  void conclude() {
    if (error_ != nullptr && !std::exchange(is_told_, true)) std::rethrow_exception(error_);
    if (error_ == nullptr && is_cut_) throw task_cancelled("stream");
  }

  semaphore room;  // permits for what is under way or unread; outlives the items that hold them
  queue<Item> items;
  std::size_t feeders = 0;
  bool reader_has_gone = false;

 private:
  std::exception_ptr error_;
  bool is_told_ = false;
  bool is_cut_ = false;
};

/// Lives in the reader's frame. A feeder that was given room already, and runs once more before its
/// cancellation arrives, must not ask the source: what that borrows may have gone with the reader.
template <class Item>
class reader_presence {
 public:
  explicit reader_presence(fan_in<Item>& shared) noexcept : shared_(shared) {}
  reader_presence(const reader_presence&) = delete;
  reader_presence& operator=(const reader_presence&) = delete;
  ~reader_presence() { shared_.reader_has_gone = true; }

 private:
  fan_in<Item>& shared_;
};

/// Runs `feed` as a root task that is cancelled when the reader's frame goes.
class feeding_tasks {
 public:
  feeding_tasks() = default;
  feeding_tasks(const feeding_tasks&) = delete;
  feeding_tasks& operator=(const feeding_tasks&) = delete;
  ~feeding_tasks() {
    for (task_handle<void>& one : handles_) one.cancel();
  }

  template <class Item>
  void start(std::shared_ptr<fan_in<Item>> shared, task<> feed) {
    handles_.reserve(handles_.size() + 1);
    fan_in<Item>& fed = *shared;
    handles_.push_back(create_task(report_end(std::move(shared), std::move(feed)), "stream"));
    ++fed.feeders;  // it has not begun
  }

 private:
  template <class Item>
  static task<> report_end(std::shared_ptr<fan_in<Item>> shared, task<> feed) {
    std::exception_ptr failure;
    try {
      co_await std::move(feed);
    } catch (...) {
      failure = std::current_exception();
    }
    shared->feeder_ended(failure);
  }

  std::vector<task_handle<void>> handles_;
};

}  // namespace tridem::detail
