// SPDX-License-Identifier: MIT
// From the stack of arrivals to the list of those that wait.
#include "pool/threads/work_queue.hpp"

namespace tridem::detail {

void work_queue::collect_and_leave(inbox_node* mark) noexcept {
  inbox_node* newest = incoming_.load(std::memory_order_relaxed);
  if (newest == closed_mark() || newest == mark) return;
  newest = incoming_.exchange(mark, std::memory_order_seq_cst);
  inbox_node* oldest = nullptr;
  while (newest != nullptr) {
    inbox_node* before = newest->next_in_inbox;
    newest->next_in_inbox = oldest;
    oldest = newest;
    newest = before;
  }
  std::size_t added = 0;
  while (oldest != nullptr) {
    inbox_node* after = oldest->next_in_inbox;
    waiting_.push_back(*static_cast<thread_job*>(oldest));
    oldest = after;
    ++added;
  }
  count_.store(count_.load(std::memory_order_relaxed) + added, std::memory_order_seq_cst);
}

thread_job* work_queue::pop() noexcept {
  // Whoever looks without the lock must never see both words empty while a job is on its way from
  // one to the other for long; the thread that moved it looks for sleepers afterwards.
  if (waiting_.empty()) collect();
  if (waiting_.empty()) return nullptr;
  auto& job = static_cast<thread_job&>(waiting_.pop_front());
  count_.store(count_.load(std::memory_order_relaxed) - 1, std::memory_order_seq_cst);
  return &job;
}

void work_queue::erase(thread_job& job) noexcept {
  collect();
  job_list::erase(job);
  count_.store(count_.load(std::memory_order_relaxed) - 1, std::memory_order_seq_cst);
}

std::size_t work_queue::size() noexcept {
  collect();
  return count_.load(std::memory_order_relaxed);
}

void work_queue::close() noexcept {
  if (is_closed()) return;
  // One exchange takes the last jobs and leaves the mark: a push comes before it, or fails.
  collect_and_leave(closed_mark());
}

}  // namespace tridem::detail
