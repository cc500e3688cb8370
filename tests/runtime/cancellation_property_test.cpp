// SPDX-License-Identifier: MIT
// Random trees of tasks, cancelled at random moments: nothing is lost, nothing is forgotten,
// nothing outlives its parent.
//
// `--seed=<n>` (TRIDEM_SEED) plays one seed, `--seeds=<n>` (TRIDEM_SEEDS) as many from 1 on.
#include "tests/runtime/cancellation_property_trees.hpp"
#include "tests/support/command_line.hpp"
#include "tests/support/virtual_driver.hpp"

#include <tridem/runtime/run.hpp>

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>

namespace {

using namespace tridem::test::property;
using tridem::task;

constexpr const char* name_of_test =
    "nothing is lost and nothing is left, whatever is cancelled and when";

/// Keeps everything going, as peers and users do, so that no wait is without end. A timer and no
/// task, because it has to go on while the loop ends.
class heart {
 public:
  explicit heart(world& w) noexcept : w_(&w) {}
  void operator()() {
    constexpr int beats_max = 100'000;
    if (++w_->beats > beats_max) {
      std::printf("a run does not end; play it again: %s\n", w_->replay.c_str());
      std::fflush(stdout);
      std::abort();
    }
    w_->signal.set();
    if (w_->one_in(2)) w_->signal.clear();
    feed(w_->items, [] { return std::make_unique<int>(1); });
    feed(w_->urgent, [this] { return w_->below(100); });
    feed(w_->far, [] { return std::make_unique<int>(1); });
    if (w_->one_in(2) && w_->stock_lock.try_lock()) {
      ++w_->stock_made;
      ++w_->stock_left;
      w_->stock_changed.notify();
      w_->stock_lock.unlock();
    }
    answer_operations();
    (void)tridem::event_loop::current().call_later(std::chrono::milliseconds(2), heart(*w_));
  }

 private:
  template <class Queue, class Make>
  void feed(Queue& queue, Make make) {
    if (w_->one_in(2) && queue.try_put(make())) ++w_->items_put;
    if (w_->one_in(2) && queue.try_get()) ++w_->items_got;
  }
  void answer_operations() {
    auto& driver = tridem::test::virtual_driver::current();
    driver.obeys_cancel = w_->one_in(2);
    while (!driver.held().empty() && w_->one_in(2)) {
      const bool good = w_->one_in(2);
      w_->answers_given += good ? 1 : 0;
      driver.complete(*driver.held().front(), good ? 1 : -EIO);
    }
  }

  world* w_;
};

task<> live(world& w) {
  tridem::test::virtual_driver::current().when_idle = [&w] { w.check_while_idle(); };
  heart beating(w);
  beating();
  auto first = tridem::create_task(node(w, 7, nullptr));
  if (w.one_in(3)) {
    co_await tridem::sleep(4 * w.some_ms());
    first.cancel();
  }
  try {
    co_await std::move(first);
  } catch (const std::exception&) {
    // Failures belong to the game.
  }
  // What was only watched goes on: sometimes to its own end, sometimes until the loop ends it.
  if (w.one_in(2)) co_return;
  while (w.nodes_open > 0) co_await tridem::sleep(std::chrono::milliseconds(5));
}

/// Errors that nobody hears of belong to the game, by the thousand; a replay shows them.
class muted_stderr {
 public:
  explicit muted_stderr(bool is_muted) : kept_(is_muted ? ::dup(2) : -1) {
    if (kept_ < 0) return;
    const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    ::dup2(nowhere, 2);
    ::close(nowhere);
  }
  muted_stderr(const muted_stderr&) = delete;
  ~muted_stderr() {
    if (kept_ < 0) return;
    ::dup2(kept_, 2);
    ::close(kept_);
  }

 private:
  int kept_;
};

std::uint64_t play(std::uint64_t seed, tally& total) {
  world w(seed, tridem::test::command_line::replay_command(name_of_test, seed));
  INFO("play it again: ", w.replay);  // shown after a crash too
  tridem::run(live(w));
  w.check_at_the_end();
  total.add(w.seen);
  return w.random() ^ static_cast<std::uint64_t>(w.seen.steps);
}

}  // namespace

TEST_CASE("nothing is lost and nothing is left, whatever is cancelled and when") {
  const auto seeds = tridem::test::command_line::seeds_to_play(2000);
  const muted_stderr muted(!seeds.is_replay);
  tally total;
  for (std::uint64_t seed = seeds.first; seed <= seeds.last; ++seed) {
    const std::uint64_t trace = play(seed, total);
    if (seed % 50 == 1) {
      CHECK_MESSAGE(play(seed, total) == trace, "seed ", seed, " plays differently");
    }
  }
  const std::uint64_t played = seeds.last - seeds.first + 1;
  MESSAGE(played, " seeds: ", total.steps, " tasks, ", total.waits_cut, " waits cut, ",
          total.timeouts, " timeouts, ", total.scopes_cut, " scopes cut, ", total.items, " items, ",
          total.answers, " answers, ", total.meetings, " meetings, ", total.streams_read,
          " streams, ", total.connections, " connections, ", total.idle_looks, " looks while idle");
  if (played < 1000) return;
  CHECK(total.steps > 10'000);
  CHECK(total.waits_cut > 1000);
  CHECK(total.timeouts > 100);
  CHECK(total.scopes_cut > 100);
  CHECK(total.items > 1000);
  CHECK(total.answers > 100);
  CHECK(total.meetings > 10);
  CHECK(total.streams_read > 100);
  CHECK(total.connections > 100);
  CHECK(total.idle_looks > 10'000);
}
