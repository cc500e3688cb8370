// SPDX-License-Identifier: MIT
// A ring in which things go wrong as a kernel may let them go wrong, replayable by a seed.
//
// It stands where io/uring/ring.hpp stands, below the driver, and serves real requests by a real
// ring. A request that is to fail is made a NOP, so that what it asked for has not happened, and
// its completion gets the error. Completions of one multishot request keep their order.
#pragma once

#include "io/uring/features.hpp"
#include "io/uring/request_state.hpp"
#include "io/uring/ring.hpp"
#include "tests/support/fault_plan.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <random>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tridem::test {

class faulty_ring {
 public:
  faulty_ring(uring::ring_size size, const fault_plan& plan)
      : ring_(size), plan_(plan), random_(plan.seed) {}

  /// The driver tries a new ring before its first turn, undisturbed.
  void check_process() noexcept {
    ring_.check_process();
    begun_ = true;
  }

  [[nodiscard]] io_uring_sqe* next_entry() {
    if (happens(plan_.full_queue)) return nullptr;
    io_uring_sqe* const entry = ring_.next_entry();
    if (entry != nullptr) fresh_.push_back(entry);
    return entry;
  }

  void enter(bool wait, duration timeout) {
    for (io_uring_sqe* const entry : std::exchange(fresh_, {})) spoil(*entry);
    if (happens(plan_.lost_completion)) uring::ring::check_entered(-EBADR);
    if (happens(plan_.refused_enter)) {
      constexpr int errors[] = {EBUSY, EAGAIN, EINTR};
      return uring::ring::check_entered(-errors[below(3)]);
    }
    ring_.enter(wait && held_.empty(), timeout);
  }

  [[nodiscard]] bool needs_enter() const noexcept { return ring_.needs_enter(); }
  [[nodiscard]] bool has_completion() const noexcept {
    return !held_.empty() || ring_.has_completion();
  }
  void register_eventfd(int eventfd) { ring_.register_eventfd(eventfd); }
  void tell(bool on) noexcept { ring_.tell(on); }
  [[nodiscard]] bool share_buffers(const io_uring_buf_reg& about) noexcept {
    return ring_.share_buffers(about);
  }
  [[nodiscard]] bool knows(unsigned opcode) const noexcept { return ring_.knows(opcode); }

  template <class Visit>
  void reap(Visit visit) {
    std::vector<completion> of_driver;
    std::vector<completion> now;
    for (completion& each : held_) {
      if (--each.looks == 0) now.push_back(each);
    }
    std::erase_if(held_, [](const completion& each) { return each.looks == 0; });
    ring_.reap([&](const io_uring_cqe& cqe) {
      completion one{cqe.user_data, cqe.res, cqe.flags};
      // Requests of the driver itself have small numbers.
      if (one.user_data < 16) {
        if (!is_last_of_ended(one)) of_driver.push_back(one);
        return;
      }
      const auto fault = faults_.extract(one.user_data);
      if (fault && one.result >= 0) one.result = fault.mapped();
      if (!happens(plan_.late)) return now.push_back(one);
      one.looks = 1 + below(3);
      held_.push_back(one);
    });
    if (happens(plan_.reordered)) std::ranges::shuffle(now, random_);
    for (const auto* const some : {&of_driver, &now}) {
      for (const completion& each : *some) {
        io_uring_cqe cqe{};
        cqe.user_data = each.user_data;
        cqe.res = each.result;
        cqe.flags = each.flags;
        visit(cqe);
      }
    }
  }

 private:
  struct completion {
    std::uint64_t user_data;
    std::int32_t result;
    std::uint32_t flags;
    unsigned looks = 0;  // until it is given
  };

  /// Has a multishot request end, as the kernel does when its queue overflows: what comes of it
  /// says that there is no more, and the request itself is cancelled behind the driver's back. True
  /// for the completion of that cancel, which the driver must not see.
  [[nodiscard]] bool is_last_of_ended(completion& one) {
    if (one.user_data != uring::wake_request) return false;
    if (one.result == -ECANCELED && ended_ != 0) {
      --ended_;
      return true;
    }
    if ((one.flags & IORING_CQE_F_MORE) == 0 || !happens(plan_.ended)) return false;
    if (io_uring_sqe* const entry = ring_.next_entry()) {
      io_uring_prep_cancel64(entry, uring::wake_request, 0);
      entry->user_data = uring::cancel_request;
      one.flags &= ~IORING_CQE_F_MORE;
      ++ended_;
    }
    return false;
  }

  [[nodiscard]] unsigned below(unsigned end) { return static_cast<unsigned>(random_() % end); }
  [[nodiscard]] bool happens(unsigned chance) { return begun_ && below(1000) < chance; }

  void spoil(io_uring_sqe& entry) {
    if (entry.user_data < 16 || entry.opcode == IORING_OP_NOP) return;
    if (entry.opcode == IORING_OP_CLOSE) {
      // It must happen, or its descriptor would stay.
      if (happens(plan_.closed_but_interrupted)) faults_[entry.user_data] = -EINTR;
      return;
    }
    if (happens(plan_.interrupted)) return replace(entry, -EINTR);
    if (may_be_told_to_wait(entry) && happens(plan_.not_now)) return replace(entry, -EAGAIN);
    if (happens(plan_.failed)) {
      constexpr int errors[] = {EIO, ENOMEM, ENOBUFS, ECANCELED};
      return replace(entry, -errors[below(4)]);
    }
    if (is_transfer(entry) && entry.len > 1 && happens(plan_.cut_short)) {
      entry.len = 1 + below(entry.len - 1);
    }
  }

  /// A kernel says EAGAIN to what it was not allowed to wait for. Not to a thread of its own, nor
  /// to a poll; from connect and from a futex it means something else.
  [[nodiscard]] static bool may_be_told_to_wait(const io_uring_sqe& entry) noexcept {
    return (entry.flags & IOSQE_ASYNC) == 0 && entry.opcode != IORING_OP_POLL_ADD &&
           entry.opcode != IORING_OP_CONNECT && entry.opcode != uring::futex_wait_opcode;
  }
  [[nodiscard]] static bool is_transfer(const io_uring_sqe& entry) noexcept {
    return entry.opcode == IORING_OP_RECV || entry.opcode == IORING_OP_SEND ||
           entry.opcode == IORING_OP_READ || entry.opcode == IORING_OP_WRITE;
  }

  void replace(io_uring_sqe& entry, std::int32_t result) {
    const std::uint64_t user_data = entry.user_data;
    entry = io_uring_sqe{};
    io_uring_prep_nop(&entry);
    entry.user_data = user_data;
    faults_[user_data] = result;
  }

  uring::ring ring_;
  const fault_plan plan_;
  std::minstd_rand random_;
  bool begun_ = false;
  unsigned ended_ = 0;                // multishot requests, still to be heard of
  std::vector<io_uring_sqe*> fresh_;  // filled since the last enter
  std::unordered_map<std::uint64_t, std::int32_t> faults_;  // by user_data
  std::vector<completion> held_;
};

}  // namespace tridem::test
