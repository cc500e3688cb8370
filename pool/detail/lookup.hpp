// SPDX-License-Identifier: MIT
// One question to getaddrinfo: a job that owns its state, because nobody can stop it.
//
//   waiting in line --a thread takes it--> running --answered--> posted --arrive--> task resumed
//        |                                    |
//        +--cancel: leaves the line           +--cancel: abandoned; the answer is thrown away
#pragma once

#include <tridem/io/address.hpp>
#include <tridem/runtime/detail/wait_list.hpp>

#include <coroutine>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tridem::detail {

/// Lookups of one process that run at a time.
inline constexpr int max_lookups = 8;

/// What getaddrinfo said: 0 and addresses, or an EAI_* (with EAI_SYSTEM an errno too).
struct lookup_answer {
  int error = 0;
  int system_error = 0;
  std::vector<address> addresses;
};

struct lookup_question {
  std::string host;
  std::string service;
  address_family family = address_family::none;
  bool numeric_only = false;  // fail instead of asking anybody
};

/// Calls getaddrinfo. Blocks, unless the question is `numeric_only` and its service a number.
[[nodiscard]] lookup_answer look_up(const lookup_question& question);

class lookup_job;

/// The wait of a task for its answer; what the threads know of it is the job alone.
class lookup_awaiter final : public suspension {
 public:
  explicit lookup_awaiter(lookup_question&& question);
  lookup_awaiter(const lookup_awaiter&) = delete;
  lookup_awaiter& operator=(const lookup_awaiter&) = delete;
  ~lookup_awaiter();

  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> awaiting) {
    promise_base& frame = awaiting.promise();
    cut_short_ = cancelled_at(awaiting);
    if (cut_short_) return false;
    begin(*frame.line->loop);
    // The answer may be there already, but only this thread looks at the strand.
    frame.line->suspend_in(*this, awaiting, frame);
    return true;
  }
  lookup_answer await_resume();

  void request_cancel() noexcept override;
  void describe(char* out, std::size_t size) const noexcept override;

 private:
  void begin(loop_core& home);

  std::shared_ptr<lookup_job> job_;
  bool cut_short_ = false;
};

class [[nodiscard]] lookup {
 public:
  explicit lookup(lookup_question question) : question_(std::move(question)) {}
  lookup_awaiter operator co_await() && { return lookup_awaiter(std::move(question_)); }

 private:
  lookup_question question_;
};

}  // namespace tridem::detail
