// SPDX-License-Identifier: MIT
// From the stack of arrivals to the list of those that wait.
#include "pool/threads/work_queue.hpp"

namespace tridem::detail {

void work_queue::collect() noexcept {
  const inbox_node* head = incoming_.load(std::memory_order_relaxed);
  if (head != nullptr && head != closed_mark()) collect_and_leave(nullptr);
}

void work_queue::collect_and_leave(inbox_node* mark) noexcept {
  count_.store(size_ + 1, std::memory_order_seq_cst);
  inbox_node* newest = incoming_.exchange(mark, std::memory_order_seq_cst);
  inbox_node* oldest = nullptr;
  while (newest != nullptr) {
    inbox_node* before = newest->next_in_inbox;
    newest->next_in_inbox = oldest;
    oldest = newest;
    newest = before;
  }
  while (oldest != nullptr) {
    inbox_node* after = oldest->next_in_inbox;
    waiting_.push_back(*static_cast<thread_job*>(oldest));
    ++size_;
    oldest = after;
  }
}

bool work_queue::push_urgent(thread_job& job) noexcept {
  if (is_closed()) return false;
  urgent_.push_back(job);
  ++size_;
  // Partner of a thread that goes to sleep, as a push.
  count_.store(size_, std::memory_order_seq_cst);
  return true;
}

thread_job* work_queue::pop() noexcept {
  job_list& from = urgent_.empty() ? waiting_ : urgent_;
  if (from.empty()) collect();
  if (from.empty()) return nullptr;
  auto& job = static_cast<thread_job&>(from.pop_front());
  --size_;
  publish_count();
  return &job;
}

thread_job* work_queue::pop_of(const event_loop& home) noexcept {
  collect();
  thread_job* found = nullptr;
  const auto look = [&](pool_wait& one) {
    if (found == nullptr && &one.home() == &home) found = static_cast<thread_job*>(&one);
  };
  urgent_.for_each(look);
  waiting_.for_each(look);
  if (found == nullptr) return nullptr;
  job_list::erase(*found);
  --size_;
  publish_count();
  return found;
}

void work_queue::erase(thread_job& job) noexcept {
  collect();
  job_list::erase(job);
  --size_;
  publish_count();
}

std::size_t work_queue::size() noexcept {
  collect();
  publish_count();
  return size_;
}

void work_queue::close() noexcept {
  if (is_closed()) return;
  // One exchange takes the last jobs and leaves the mark: a push comes before it, or fails.
  collect_and_leave(closed_mark());
  publish_count();
}

}  // namespace tridem::detail
