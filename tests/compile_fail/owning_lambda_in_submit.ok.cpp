// SPDX-License-Identifier: MIT
// What the message of owning_lambda_in_submit says to write instead.
#include <tridem/pool/thread_pool.hpp>
#include <tridem/pool/to_thread.hpp>

#include <stop_token>
#include <string>
#include <vector>

tridem::task<> right(tridem::thread_pool& pool, std::string text, std::vector<int> numbers) {
  auto job = [text] { return text.size(); };
  co_await pool.submit(tridem::moved(job));
  co_await pool.submit([](const std::string& of) { return of.size(); }, text);
  auto stoppable = [text](std::stop_token, int extra) { return text.size() + extra; };
  co_await tridem::to_thread(tridem::moved(stoppable), 1);
  auto each = [text](int& number) { number += static_cast<int>(text.size()); };
  co_await pool.map(tridem::moved(each), numbers);
}
