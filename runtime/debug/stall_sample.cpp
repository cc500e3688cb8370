// SPDX-License-Identifier: MIT
// The handler runs on the loop's thread at any instruction. It only reads what that thread itself
// has written, allocates nothing and takes no lock.
//
// 1. The watchdog fills `request`, sets its phase to `asked` and sends the signal.
// 2. The handler moves `asked` to `taking`, fills the sample, moves on to `taken` (release) and
//    posts the semaphore.
// 3. The watchdog waits for the semaphore and reads the sample after it has seen `taken` (acquire).
//    When patience runs out it moves `asked` to `idle`, after which a late signal finds nothing to
//    do; when that fails, the handler is at work and the answer is a matter of microseconds.
#include "runtime/debug/stall_sample.hpp"

#include <tridem/runtime/detail/promise.hpp>
#include <tridem/runtime/detail/task_control.hpp>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <execinfo.h>
#include <semaphore.h>
#include <string>
#include <time.h>
#include <ucontext.h>

namespace tridem::detail {
namespace {

enum class phase : int { idle, asked, taking, taken };

struct sample_request {
  std::atomic<phase> state{phase::idle};
  const loop_core* loop = nullptr;
  stall_sample* into = nullptr;
  sem_t answered;
};

// Never destroyed: a late signal may still look at it.
sample_request& request() noexcept {
  static sample_request& only = *[] {
    auto* made = new sample_request;
    ::sem_init(&made->answered, 0, 0);
    return made;
  }();
  return only;
}
// What the handler sees: released before it is installed, acquired by the handler.
constinit std::atomic<sample_request*> request_for_handler{nullptr};
constinit struct sigaction former_action{};
constinit bool is_installed = false;

void* interrupted_at(const void* context) noexcept {
  const auto& registers = static_cast<const ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
  return reinterpret_cast<void*>(registers.gregs[REG_RIP]);
#elif defined(__aarch64__)
  return reinterpret_cast<void*>(registers.pc);
#else
  static_cast<void>(registers);
  return nullptr;
#endif
}

void sample_native_stack(stall_sample& into, const void* context) noexcept {
  constexpr std::size_t above_max = 16;  // frames of the handler, and of a sanitizer around it
  void* found[stall_sample::calls_max + above_max];
  const int count = ::backtrace(found, static_cast<int>(std::size(found)));
  void** const end = found + std::max(count, 0);
  void** begin = std::find(found, end, interrupted_at(context));
  if (begin == end) begin = found;
  into.call_count = std::min(static_cast<std::size_t>(end - begin), stall_sample::calls_max);
  std::copy_n(begin, into.call_count, into.calls);
  // Those that follow are return addresses; this is one too, when it is moved past the instruction.
  if (into.call_count > 0) into.calls[0] = static_cast<char*>(into.calls[0]) + 1;
}

// Both compilers begin a frame with the functions that resume and destroy it; the first is null
// when the body has ended.
const void* function_of(const promise_base& promise) noexcept {
  const auto* head = static_cast<const void* const*>(promise.frame().address());
  return head[0] != nullptr ? head[0] : head[1];
}

void sample_async_stack(stall_sample& into, const strand& line) noexcept {
  for (const promise_base* at = line.leaf();
       at != nullptr && into.frame_count < stall_sample::frames_max; at = at->outer()) {
    into.frames[into.frame_count++] = {at->where, function_of(*at)};
  }
}

void sample_task(stall_sample& into, const strand& line) noexcept {
  const task_record& task = line.record();
  into.in_task = true;
  into.task_id = task.id;
  into.created = task.origin.place();
  if (const std::string* name = task.origin.name()) {
    const std::size_t length = std::min(name->size(), stall_sample::name_max - 1);
    std::memcpy(into.task_name, name->data(), length);
    into.task_name[length] = '\0';
  }
}

void take_here(sample_request& asked, const void* context) noexcept {
  phase expected = phase::asked;
  if (!asked.state.compare_exchange_strong(expected, phase::taking, std::memory_order_acquire))
    return;
  sample_native_stack(*asked.into, context);
  if (const strand* line = asked.loop->running) {
    sample_task(*asked.into, *line);
    sample_async_stack(*asked.into, *line);
  }
  asked.state.store(phase::taken, std::memory_order_release);
  ::sem_post(&asked.answered);
}

void pass_on(int number, siginfo_t* info, void* context) noexcept {
  if ((former_action.sa_flags & SA_SIGINFO) != 0) {
    former_action.sa_sigaction(number, info, context);
  } else if (former_action.sa_handler != SIG_DFL && former_action.sa_handler != SIG_IGN) {
    former_action.sa_handler(number);
  }
}

void on_signal(int number, siginfo_t* info, void* context) noexcept {
  const int kept_errno = errno;
  sample_request* const ours = request_for_handler.load(std::memory_order_acquire);
  if (info->si_code == SI_QUEUE && info->si_value.sival_ptr == ours) {
    take_here(*ours, context);
  } else {
    pass_on(number, info, context);
  }
  errno = kept_errno;
}

timespec moment_after(duration span) noexcept {
  timespec moment{};
  ::clock_gettime(CLOCK_MONOTONIC, &moment);
  const auto total = std::chrono::nanoseconds(moment.tv_nsec) + span;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(total);
  moment.tv_sec += seconds.count();
  moment.tv_nsec = (total - seconds).count();
  return moment;
}

bool is_answered_within(sample_request& asked, duration patience) noexcept {
  const timespec end = moment_after(patience);
  while (::sem_clockwait(&asked.answered, CLOCK_MONOTONIC, &end) != 0) {
    if (errno == EINTR) continue;
    phase expected = phase::asked;
    if (asked.state.compare_exchange_strong(expected, phase::idle)) return false;
    while (::sem_wait(&asked.answered) != 0) {
    }
    return true;
  }
  return true;
}

}  // namespace

// A handler that was installed above this one may pass signals on to it for ever: then it stays.
stall_sampler::~stall_sampler() {
  if (!is_installed) return;
  struct sigaction now{};
  ::sigaction(SIGURG, nullptr, &now);
  if ((now.sa_flags & SA_SIGINFO) != 0 && now.sa_sigaction == &on_signal) {
    is_installed = ::sigaction(SIGURG, &former_action, nullptr) != 0;
  }
}

void stall_sampler::install() noexcept {
  if (is_installed) return;
  request_for_handler.store(&request(), std::memory_order_release);
  // The first call loads libgcc_s, which allocates: not to happen in the handler.
  void* ignored[1];
  static_cast<void>(::backtrace(ignored, 1));
  struct sigaction action{};
  action.sa_sigaction = &on_signal;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  ::sigemptyset(&action.sa_mask);
  // Known before ours is there: a signal of the program's may come in between.
  ::sigaction(SIGURG, nullptr, &former_action);
  is_installed = ::sigaction(SIGURG, &action, nullptr) == 0;
}

bool stall_sampler::take(const thread_identity& thread, const loop_core& loop, stall_sample& into,
                         duration patience) {
  install();
  sample_request& asked = request();
  into = {};
  asked.loop = &loop;
  asked.into = &into;
  asked.state.store(phase::asked, std::memory_order_release);
  const sigval mine{.sival_ptr = &asked};
  if (!is_installed || ::pthread_sigqueue(thread.handle, SIGURG, mine) != 0) {
    asked.state.store(phase::idle);
    return false;
  }
  if (!is_answered_within(asked, patience)) return false;
  const bool is_taken = asked.state.load(std::memory_order_acquire) == phase::taken;
  asked.state.store(phase::idle, std::memory_order_relaxed);
  return is_taken;
}

}  // namespace tridem::detail
