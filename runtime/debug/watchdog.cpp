// SPDX-License-Identifier: MIT
// The thread of the watchdog, and its life: from the first loop that is watched to the last.
#include "runtime/debug/watchdog.hpp"

#include <tridem/runtime/assert.hpp>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <mutex>
#include <pthread.h>
#include <semaphore.h>
#include <system_error>
#include <thread>
#include <time.h>
#include <unistd.h>
#include <utility>

namespace tridem::detail {

constinit std::atomic<bool> watched_loop::dormant{false};

namespace {

constexpr int looks_per_threshold = 4;
// A stall is told when it has lasted so many thresholds, and once more at the second figure.
constexpr int told_at[] = {1, 10};

// Not by stdio: the thread that is stalled may hold its lock.
void say(const std::string& text) noexcept {
  const char* at = text.data();
  std::size_t left = text.size();
  while (left > 0) {
    const ssize_t written = ::write(STDERR_FILENO, at, left);
    if (written < 0 && errno != EINTR) return;
    if (written < 0) continue;
    at += written;
    left -= static_cast<std::size_t>(written);
  }
}

// Signals are for the program's threads: one that arrives here would be lost to them.
class all_signals_blocked {
 public:
  all_signals_blocked() noexcept {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, &before_);
  }
  all_signals_blocked(const all_signals_blocked&) = delete;
  all_signals_blocked& operator=(const all_signals_blocked&) = delete;
  ~all_signals_blocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

}  // namespace

class watchdog {
 public:
  // Never destroyed: a program may exit while loops run.
  static watchdog& instance() {
    static watchdog& only = *new watchdog;
    return only;
  }

  void watch(watched_loop& loop);
  void unwatch(watched_loop& loop) noexcept;
  void rouse() noexcept { ::sem_post(&roused_); }
  [[nodiscard]] int threads() const noexcept { return threads_.load(std::memory_order_acquire); }

 private:
  using loop_list = intrusive_list<watched_loop, watched_loops_tag>;

  watchdog() { ::sem_init(&roused_, 0, 0); }
  void start() noexcept;
  void end() noexcept;

  // The watchdog's own thread.
  void keep_watch();
  [[nodiscard]] bool all_asleep();
  void doze();
  void look_at_all(stall_sampler& sampler);
  void look_at(watched_loop& loop, time_point now, stall_sampler& sampler);
  void begin_turn(watched_loop& loop, std::uint64_t beat);
  void tell(watched_loop& loop, time_point now, stall_sampler& sampler);

  std::mutex life_;  // held while the thread is started or ended
  std::thread thread_;
  pid_t process_ = 0;
  std::atomic<int> threads_{0};

  std::mutex mutex_;  // guards what follows, and the loops in the list
  loop_list loops_;
  report_budget budget_;
  stall_sample sample_;

  std::atomic<bool> ends_{false};
  std::atomic<duration> look_every_{duration::zero()};
  sem_t roused_;
};

void watchdog::watch(watched_loop& loop) {
  std::lock_guard life(life_);
  {
    std::lock_guard lock(mutex_);
    loops_.push_back(loop);
    const duration wanted =
        std::clamp<duration>(loop.threshold_ / looks_per_threshold, std::chrono::milliseconds(1),
                             std::chrono::milliseconds(250));
    const duration now = look_every_.load();
    look_every_.store(now == duration::zero() ? wanted : std::min(now, wanted));
  }
  if (!thread_.joinable()) start();
}

void watchdog::start() noexcept {
  try {
    const all_signals_blocked during_the_start;
    process_ = ::getpid();
    thread_ = std::thread([this] { keep_watch(); });
    threads_.store(1, std::memory_order_release);
  } catch (const std::system_error& failure) {
    std::fprintf(stderr, "tridem: no watchdog looks for blocking code, its thread failed: %s\n",
                 failure.what());
  }
}

void watchdog::unwatch(watched_loop& loop) noexcept {
  // The child of a fork has neither the thread nor, perhaps, the locks in a usable state.
  if (::getpid() != process_) return;
  std::lock_guard life(life_);
  bool was_last = false;
  {
    std::lock_guard lock(mutex_);
    loop_list::erase(loop);
    if (loop.is_told_) say(end_of_stall_text(loop.thread_name_, loop.stalled_));
    was_last = loops_.empty();
  }
  if (was_last && thread_.joinable()) end();
}

void watchdog::end() noexcept {
  ends_.store(true);
  rouse();
  thread_.join();
  threads_.store(0, std::memory_order_release);
  ends_.store(false);
  look_every_.store(duration::zero());
}

void watchdog::keep_watch() {
  ::pthread_setname_np(::pthread_self(), "tridem-watchdog");
  stall_sampler sampler;
  while (!ends_.load()) {
    doze();
    look_at_all(sampler);
  }
}

bool watchdog::all_asleep() {
  bool all = true;
  std::lock_guard lock(mutex_);
  loops_.for_each([&](watched_loop& loop) {
    if ((loop.beat_.load(std::memory_order_seq_cst) & watched_loop::awake) != 0) all = false;
  });
  return all;
}

// The end counts as a reason to wake, and comes with a post: nobody clears `ends_` before the
// thread is gone.
void watchdog::doze() {
  watched_loop::dormant.store(true, std::memory_order_seq_cst);
  if (all_asleep() && !ends_.load()) {
    while (::sem_wait(&roused_) != 0 && errno == EINTR) {
    }
  }
  watched_loop::dormant.store(false, std::memory_order_seq_cst);
  if (ends_.load()) return;
  timespec until{};
  ::clock_gettime(CLOCK_MONOTONIC, &until);
  const auto at = std::chrono::nanoseconds(until.tv_nsec) + look_every_.load();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(at);
  until.tv_sec += seconds.count();
  until.tv_nsec = (at - seconds).count();
  while (::sem_clockwait(&roused_, CLOCK_MONOTONIC, &until) != 0 && errno == EINTR) {
  }
}

void watchdog::look_at_all(stall_sampler& sampler) {
  std::lock_guard lock(mutex_);
  const time_point now = clock::now();
  loops_.for_each([&](watched_loop& loop) { look_at(loop, now, sampler); });
}

void watchdog::begin_turn(watched_loop& loop, std::uint64_t beat) {
  if (std::exchange(loop.is_told_, false)) {
    say(end_of_stall_text(loop.thread_name_, loop.stalled_));
  }
  loop.seen_beat_ = beat;
  loop.stalled_ = {};
  loop.levels_passed_ = 0;
  if ((beat & watched_loop::awake) != 0) loop.activity_ = activity_of(loop.thread_);
}

void watchdog::look_at(watched_loop& loop, time_point now, stall_sampler& sampler) {
  const std::uint64_t beat = loop.beat_.load(std::memory_order_seq_cst);
  // When this thread itself comes late, the process was stopped or the machine is overloaded: that
  // time is nobody's stall.
  const duration span = std::min<duration>(now - loop.looked_, 2 * look_every_.load());
  loop.looked_ = now;
  if (beat != loop.seen_beat_ || (beat & watched_loop::awake) == 0) {
    begin_turn(loop, beat);
    return;
  }
  const thread_activity before = std::exchange(loop.activity_, activity_of(loop.thread_));
  loop.stalled_ += own_share(before, loop.activity_, span);
  if (loop.levels_passed_ == static_cast<int>(std::size(told_at))) return;
  if (loop.stalled_ < loop.threshold_ * told_at[loop.levels_passed_]) return;
  ++loop.levels_passed_;
  if (loop.is_told_ || budget_.allows(now)) tell(loop, now, sampler);
}

void watchdog::tell(watched_loop& loop, time_point, stall_sampler& sampler) {
  stall what;
  what.thread_name = loop.thread_name_;
  what.lasted = loop.stalled_;
  what.told_before = std::exchange(loop.is_told_, true);
  // Asked before the signal ends the call that the thread is in.
  if (loop.activity_.is_blocked()) what.blocked_in = blocked_in(loop.thread_);
  constexpr duration patience = std::chrono::milliseconds(250);
  if (sampler.take(loop.thread_, loop.loop_, sample_, patience)) what.sample = &sample_;
  std::string text = stall_text(what);
  if (const int others = budget_.take_held_back(); others > 0) {
    text += "  " + std::to_string(others) + " other stalls were not told since the last report.\n";
  }
  say(text);
}

watched_loop::watched_loop(const loop_core& loop, std::string thread_name, duration threshold)
    : loop_(loop),
      thread_name_(std::move(thread_name)),
      thread_(thread_identity::of_this_thread()),
      threshold_(threshold) {
  TRIDEM_ASSERT(threshold > duration::zero(), "a watchdog needs a threshold above zero");
  watchdog::instance().watch(*this);
}

watched_loop::~watched_loop() {
  watchdog::instance().unwatch(*this);
}

void watched_loop::rouse() noexcept {
  // One of many that see it, so that there is one post.
  if (dormant.exchange(false, std::memory_order_seq_cst)) watchdog::instance().rouse();
}

int watchdog_threads() noexcept {
  return watchdog::instance().threads();
}

}  // namespace tridem::detail
