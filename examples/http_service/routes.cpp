// SPDX-License-Identifier: MIT
// The functions that run in worker processes, and the targets that call them.
#include "http_service/routes.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <vector>

namespace http_service {
namespace {

constexpr std::uint64_t largest_bound = 2'000'000'000;
constexpr std::size_t sieve_block = 1 << 18;  // numbers; as bytes they fit in a cache

// Counts the primes below `bound`. It knows nothing of tasks and limits.
std::uint64_t count_primes(std::uint64_t bound) {
  const auto root = static_cast<std::uint64_t>(std::sqrt(static_cast<double>(bound))) + 1;
  std::vector<char> composite(root + 1, 0);
  std::vector<std::uint64_t> small;
  for (std::uint64_t n = 2; n <= root; ++n) {
    if (composite[n] != 0) continue;
    small.push_back(n);
    for (std::uint64_t multiple = n * n; multiple <= root; multiple += n) composite[multiple] = 1;
  }
  std::uint64_t count = 0;
  for (std::uint64_t begin = 2; begin < bound; begin += sieve_block) {
    const std::uint64_t end = std::min<std::uint64_t>(begin + sieve_block, bound);
    std::vector<char> crossed(end - begin, 0);
    for (const std::uint64_t prime : small) {
      const std::uint64_t first = std::max(prime * prime, (begin + prime - 1) / prime * prime);
      for (std::uint64_t at = first; at < end; at += prime) crossed[at - begin] = 1;
    }
    count += static_cast<std::uint64_t>(std::ranges::count(crossed, 0));
  }
  return count;
}

// A bug, as some library might have one.
int crash() {
  std::abort();
}

std::optional<std::uint64_t> number_in(std::string_view query, std::string_view name) {
  if (!query.starts_with(name)) return std::nullopt;
  query.remove_prefix(name.size());
  std::uint64_t value = 0;
  const auto [rest, error] = std::from_chars(query.data(), query.data() + query.size(), value);
  if (error != std::errc{} || rest != query.data() + query.size()) return std::nullopt;
  return value;
}

std::string show(const tridem::process_pool_stats& now) {
  return "workers " + std::to_string(now.workers) + "\nrunning " + std::to_string(now.running) +
         "\nqueued " + std::to_string(now.queued) + "\ncompleted " + std::to_string(now.completed) +
         "\ncrashed " + std::to_string(now.crashed) + "\n";
}

}  // namespace

tridem::task<answer> routes::primes(std::string_view query) {
  const std::optional<std::uint64_t> bound = number_in(query, "below=");
  if (!bound || *bound > largest_bound) {
    co_return answer{400, "use /primes?below=N, N at most 2000000000\n"};
  }
  // When the time is over, the worker is stopped in the middle of it, and replaced.
  const std::uint64_t count =
      co_await tridem::wait_for(workers_.submit<&count_primes>(*bound), limit_);
  co_return answer{200, std::to_string(count) + "\n"};
}

tridem::task<answer> routes::get(std::string target) {
  const std::string_view all = target;
  const std::string_view path = all.substr(0, all.find('?'));
  const std::string_view query = path.size() < all.size() ? all.substr(path.size() + 1) : "";
  try {
    if (path == "/") co_return answer{200, "try /primes?below=1000000, /stats, /crash\n"};
    if (path == "/primes") co_return co_await primes(query);
    if (path == "/stats") co_return answer{200, show(workers_.stats())};
    if (path == "/crash") {
      const int impossible = co_await workers_.submit<&crash>();
      co_return answer{200, std::to_string(impossible) + "\n"};
    }
  } catch (const tridem::timeout_error&) {
    co_return answer{503, "that took too long and was stopped\n"};
  } catch (const tridem::worker_crashed& error) {
    // It was this request's own worker: nobody else notices.
    co_return answer{502, std::string(error.what()) + "\n"};
  }
  co_return answer{404, "there is nothing at " + std::string(path) + "\n"};
}

}  // namespace http_service
