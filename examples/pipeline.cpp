// SPDX-License-Identifier: MIT
// Shows: back-pressure. A producer is faster than the workers that deal with its items; a bounded
// queue makes it wait, so memory stays the same however long the pipeline runs.
//
//   pipeline [items]
#include <tridem/tridem.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace {

struct item {
  std::uint64_t number = 0;
  std::uint64_t limit = 0;
};
struct finding {
  std::uint64_t number = 0;
  std::uint64_t primes = 0;
};

}  // namespace

// Runs in a worker process; what crosses are its parameter and its result.
finding count_primes(item what) {
  finding result{what.number, 0};
  for (std::uint64_t n = 2; n < what.limit; ++n) {
    bool is_prime = true;
    for (std::uint64_t d = 2; d * d <= n && is_prime; ++d) is_prime = n % d != 0;
    if (is_prime) ++result.primes;
  }
  return result;
}

namespace {

struct pipeline {
  static constexpr std::size_t depth = 8;

  tridem::queue<item> waiting{depth};
  tridem::queue<finding> found{depth};
  tridem::duration producer_waited{0};
  std::size_t deepest = 0;
};

tridem::task<> produce(pipeline& line, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto before = std::chrono::steady_clock::now();
    co_await line.waiting.put({i, 20'000 + 100 * i});  // waits while the queue is full
    line.producer_waited += std::chrono::steady_clock::now() - before;
    line.deepest = std::max(line.deepest, line.waiting.size());
  }
  line.waiting.close();
}

// One for each worker: takes an item when the one before is done.
tridem::task<> dispatch(pipeline& line, tridem::process_pool& pool) {
  for (;;) {
    std::optional<item> next = co_await line.waiting.get();
    if (!next) co_return;
    finding result = co_await pool.submit<&count_primes>(*next);
    co_await line.found.put(result);
  }
}

tridem::task<> dispatch_all(pipeline& line, tridem::process_pool& pool) {
  std::vector<tridem::task<>> all;
  for (std::size_t i = 0; i < pool.size(); ++i) all.push_back(dispatch(line, pool));
  co_await tridem::gather(std::move(all));
  line.found.close();
}

tridem::task<std::uint64_t> consume(pipeline& line) {
  std::uint64_t total = 0;
  for (;;) {
    std::optional<finding> next = co_await line.found.get();
    if (!next) co_return total;
    total += next->primes;
    if (next->number % 20 == 0) {
      std::printf("item %3llu: %llu primes; %zu of %zu places of the queue taken\n",
                  static_cast<unsigned long long>(next->number),
                  static_cast<unsigned long long>(next->primes), line.waiting.size(),
                  pipeline::depth);
    }
  }
}

tridem::task<> async_main(std::uint64_t count) {
  pipeline line;
  tridem::process_pool pool{{.workers = 2}};
  const auto begin = std::chrono::steady_clock::now();
  auto [produced, dispatched, total] =
      co_await tridem::gather(produce(line, count), dispatch_all(line, pool), consume(line));
  const auto in_ms = [](auto span) { return static_cast<long>(span / 1ms); };
  std::printf(
      "%llu items, %llu primes in %ld ms; the producer waited for room during %ld ms, "
      "at most %zu items waited\n",
      static_cast<unsigned long long>(count), static_cast<unsigned long long>(total),
      in_ms(std::chrono::steady_clock::now() - begin), in_ms(line.producer_waited), line.deepest);
  co_await pool.shutdown();
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 100;
  tridem::run(async_main(count));
}
