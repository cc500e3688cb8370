// SPDX-License-Identifier: MIT
// Happy eyeballs: attempts that overlap, one winner, and an error that names them all.
#include <tridem/io/connect_any.hpp>
#include <tridem/runtime/event.hpp>
#include <tridem/runtime/race.hpp>
#include <tridem/runtime/result.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/task_group.hpp>

#include <algorithm>
#include <exception>
#include <functional>
#include <optional>
#include <system_error>
#include <utility>

namespace tridem {
namespace {

struct failed_attempt {
  address at;
  std::error_code why;
};

struct attempts {
  std::optional<tcp_stream> winner;
  std::vector<failed_attempt> failed;
  std::size_t under_way = 0;
  event changed;  // one has ended since the last look
};

// Counted by whoever begins it.
task<> attempt(attempts& all, address at, connect_options how) {
  auto connected = co_await as_result(tcp_stream::connect(at, how));
  --all.under_way;
  if (!connected && !connected.error()) std::rethrow_exception(connected.exception());
  if (!connected) {
    all.failed.push_back({at, connected.error()});
  } else if (!all.winner) {
    all.winner.emplace(std::move(connected).value());
  }
  all.changed.set();
}

// Begins one attempt after the other, until one has won or all have ended.
task<> try_in_order(attempts& all, task_group& group, const std::vector<address>& order,
                    const connect_any_options& options) {
  for (std::size_t next = 0; !all.winner;) {
    if (next < order.size()) {
      ++all.under_way;
      group.create_task(attempt(all, order[next++], options.connection));
    }
    const std::size_t failed_before = all.failed.size();
    while (!all.winner && all.failed.size() == failed_before && all.under_way != 0) {
      all.changed.clear();
      if (next == order.size()) {
        co_await all.changed.wait();
        continue;
      }
      const auto ended = co_await race(all.changed.wait(), sleep(options.attempt_delay));
      if (ended.index() == 1) break;
    }
    if (next == order.size() && all.under_way == 0) break;
  }
  group.cancel();
}

[[noreturn]] void throw_all_failed(const std::string& target,
                                   const std::vector<failed_attempt>& failed) {
  std::string text = "connect to " + (target.empty() ? "any of its addresses" : target) + ": ";
  text += std::to_string(failed.size()) + (failed.size() == 1 ? " address" : " addresses");
  text += " tried";
  for (const failed_attempt& one : failed) {
    text += (&one == failed.data() ? ": " : "; ") + one.at.to_string() + ": " + one.why.message();
  }
  throw std::system_error(failed.front().why, text);
}

}  // namespace

std::vector<address> interleave_families(const std::vector<address>& candidates) {
  std::vector<address> first;
  std::vector<address> second;
  for (const address& one : candidates) {
    (one.family() == candidates.front().family() ? first : second).push_back(one);
  }
  std::vector<address> order;
  order.reserve(candidates.size());
  for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
    if (i < first.size()) order.push_back(first[i]);
    if (i < second.size()) order.push_back(second[i]);
  }
  return order;
}

task<tcp_stream> connect_any(std::vector<address> candidates, connect_any_options options,
                             std::string target) {
  if (candidates.empty()) {
    throw std::system_error(std::make_error_code(std::errc::invalid_argument),
                            "connect to " + target + ": no address was given");
  }
  const std::vector<address> order = interleave_families(candidates);
  attempts all;
  auto body = [&](task_group& group) { return try_in_order(all, group, order, options); };
  try {
    co_await with_task_group(std::ref(body));
  } catch (const cancelled&) {
    if (!all.winner) throw;
  }
  if (!all.winner) throw_all_failed(target, all.failed);
  co_return std::move(*all.winner);
}

}  // namespace tridem
