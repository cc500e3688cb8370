// SPDX-License-Identifier: MIT
// The jobs that wait for a thread: pushed without a lock, taken and withdrawn under one.
//
// 1. `incoming_` is null, the newest of a stack of jobs, or the mark `closed`, which stays.
// 2. `push` adds to the stack by compare-and-swap; it fails when it finds the mark.
// 3. Whoever holds the lock of the crew moves the stack to the list `waiting_`, oldest first, by
//    one exchange; jobs are taken from the list, or from its middle when they are cancelled.
// 4. `looks_empty` needs no lock. A thread that goes to sleep says so first and looks afterwards;
//    one that pushes looks for sleepers afterwards; `incoming_` and `count_` are seq_cst for that.
// 5. Urgent jobs have a list of their own, which is looked at first, and are added under the lock:
//    so they cost those nothing that are not.
#pragma once

#include <tridem/pool/detail/thread_job.hpp>

#include <atomic>
#include <cstddef>

namespace tridem::detail {

class work_queue {
 public:
  using job_list = intrusive_list<pool_wait, pool_wait_tag>;

  /// False when the queue is closed; the job is then not in it. Threads: any, without the lock.
  [[nodiscard]] bool push(thread_job& job) noexcept {
    inbox_node* head = incoming_.load(std::memory_order_relaxed);
    do {
      if (head == closed_mark()) return false;
      job.next_in_inbox = head;
    } while (!incoming_.compare_exchange_weak(head, &job, std::memory_order_seq_cst));
    return true;
  }
  /// Threads: any, without the lock.
  [[nodiscard]] bool looks_empty() const noexcept {
    // First without the word to which others push: it need not come to this CPU.
    if (count_.load(std::memory_order_relaxed) != 0) return false;
    const inbox_node* head = incoming_.load(std::memory_order_seq_cst);
    if (head != nullptr && head != closed_mark()) return false;
    return count_.load(std::memory_order_seq_cst) == 0;
  }
  [[nodiscard]] bool is_closed() const noexcept {
    return incoming_.load(std::memory_order_seq_cst) == closed_mark();
  }

  // What follows is called under the lock of the crew.

  /// False when the queue is closed.
  [[nodiscard]] bool push_urgent(thread_job& job) noexcept;
  /// The oldest job, or null; urgent ones first.
  [[nodiscard]] thread_job* pop() noexcept;
  /// The first job that a task of `home` awaits, or null.
  [[nodiscard]] thread_job* pop_of(const event_loop& home) noexcept;
  /// Takes out a job that waits. It must not have been popped.
  void erase(thread_job& job) noexcept;
  /// Jobs that wait.
  [[nodiscard]] std::size_t size() noexcept;
  /// From now on `push` fails; what is inside stays.
  void close() noexcept;

 private:
  [[nodiscard]] inbox_node* closed_mark() const noexcept {
    // An address that no job can have. Compared, never followed.
    return reinterpret_cast<inbox_node*>(const_cast<work_queue*>(this));
  }
  void collect() noexcept;
  void collect_and_leave(inbox_node* mark) noexcept;
  void publish_count() noexcept { count_.store(size_, std::memory_order_release); }

  std::atomic<inbox_node*> incoming_{nullptr};
  // Under the lock; `count_` repeats `size_` for those without it. On a line of their own: pushing
  // does not touch them.
  alignas(64) std::atomic<std::size_t> count_{0};
  std::size_t size_ = 0;
  job_list waiting_;
  job_list urgent_;
};

}  // namespace tridem::detail
