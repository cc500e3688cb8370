// SPDX-License-Identifier: MIT
// How long does a pool take to its first result, one more worker to its own, and the end of both:
// from a parent of 10 MiB, 1 GiB, 4 GiB?
#include "bench/support/ballast.hpp"
#include "bench/support/laps.hpp"

#include <tridem/pool/process.hpp>
#include <tridem/pool/process_pool.hpp>
#include <tridem/pool/remote.hpp>
#include <tridem/runtime/run.hpp>

#include <string>

namespace {

int job(int value) {
  return value + 1;
}
void nothing() {}
struct cell {
  int value = 0;
};

/// A pool from nothing: its fork server, its first worker, a result; then its end.
tridem::task<> measure_pools(const std::string& subject) {
  bench::laps first;
  bench::laps end;
  while (first.goes_on()) {
    first.start();
    tridem::process_pool pool{{.workers = 1}};
    co_await pool.submit<&job>(0);
    first.stop();
    end.start();
    co_await pool.shutdown();
    end.stop();
  }
  first.report(subject, "start: pool, first result");
  end.report(subject, "start: pool, shutdown after it");
}

/// One more process of a server that runs: until its pid is known, and to its end.
tridem::task<> measure_processes(const std::string& subject) {
  const auto first = tridem::process::start<&nothing>();
  co_await first.join();
  bench::laps held;
  bench::laps ended;
  while (held.goes_on()) {
    held.start();
    ended.start();
    const auto one = tridem::process::start<&nothing>();
    co_await one.started();
    held.stop();
    co_await one.join();
    ended.stop();
  }
  held.report(subject, "start: worker, held");
  ended.report(subject, "start: process, to its end");
}

/// One more process of a server that runs, to the first answer out of it.
tridem::task<> measure_remotes(const std::string& subject) {
  const auto first = co_await tridem::remote<cell>::make();
  bench::laps made;
  while (made.goes_on()) {
    made.start();
    const auto one = co_await tridem::remote<cell>::make();
    made.stop();
    co_await one.close();
  }
  made.report(subject, "start: worker, first result");
  co_await first.close();
}

tridem::task<> measure(const char* mebibytes) {
  const bench::ballast memory(mebibytes);
  const std::string subject = memory.with("tridem");
  co_await measure_pools(subject);
  co_await measure_processes(subject);
  co_await measure_remotes(subject);
}

}  // namespace

int main(int count, char** arguments) {
  tridem::run(measure(count > 1 ? arguments[1] : "10"));
}
