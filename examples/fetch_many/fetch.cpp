// SPDX-License-Identifier: MIT
// What is tried again, what is not, and how it is told.
#include "fetch_many/fetch.hpp"

#include <tridem/pool/resolve.hpp>
#include <tridem/runtime/event_loop.hpp>
#include <tridem/runtime/exception.hpp>
#include <tridem/runtime/retry.hpp>
#include <tridem/runtime/wait_for.hpp>

#include <stdexcept>
#include <string_view>
#include <system_error>

namespace fetch_many {
namespace {

constexpr int redirections_max = 5;

/// The server has answered, but not with what was asked for.
class bad_status : public std::runtime_error {
 public:
  explicit bad_status(unsigned status)
      : std::runtime_error("the server answers " + std::to_string(status)), status_(status) {}
  /// Its own fault (5xx), or "come back later" (429).
  [[nodiscard]] bool may_pass() const noexcept { return status_ >= 500 || status_ == 429; }

 private:
  unsigned status_;
};

bool is_redirection(const page& got) {
  return got.status >= 300 && got.status < 400 && !got.location.empty();
}

tridem::task<page> fetch_once(url what, const trust& believed, std::size_t largest_body) {
  for (int left = redirections_max;; --left) {
    page got = co_await get(what, believed, largest_body);
    if (got.status >= 200 && got.status < 300) co_return got;
    if (!is_redirection(got)) throw bad_status(got.status);
    if (left == 0) throw std::runtime_error("redirected too often, at last to " + got.location);
    what = follow(what, got.location);
  }
}

// A wrong URL stays wrong, and a server that is not to be trusted does not get better.
bool worth_another_try(const std::exception& error) {
  if (const auto* status = dynamic_cast<const bad_status*>(&error)) return status->may_pass();
  if (dynamic_cast<const std::invalid_argument*>(&error) != nullptr) return false;
  if (const auto* failed = dynamic_cast<const std::system_error*>(&error)) {
    const std::error_code& code = failed->code();
    if (code.category() == tridem::resolve_category()) {
      return code == std::errc::resource_unavailable_try_again;
    }
    return std::string_view(code.category().name()) != "asio.ssl";
  }
  return dynamic_cast<const tridem::timeout_error*>(&error) != nullptr;
}

tridem::task<page> fetch_patiently(std::string text, const trust& believed, patience granted) {
  const url what = parse_url(text);
  auto attempt = [&] {
    return tridem::wait_for(fetch_once(what, believed, granted.largest_body), granted.limit);
  };
  const tridem::retry_policy policy{.attempts = granted.attempts};
  co_return co_await tridem::retry(policy, std::ref(attempt), worth_another_try);
}

// "async_connect: Connection refused (gave up after 3 attempts)"
std::string words_for(const std::exception& error) {
  std::string text = error.what();
  for (const std::string& note : tridem::notes(std::current_exception())) {
    text += " (" + note + ")";
  }
  return text;
}

}  // namespace

tridem::task<outcome> fetch(std::string text, std::shared_ptr<const trust> believed,
                            patience granted) {
  const tridem::event_loop& loop = tridem::event_loop::current();
  const tridem::time_point begin = loop.fresh_now();
  outcome all{.url = text};
  try {
    all.got = co_await fetch_patiently(std::move(text), *believed, granted);
  } catch (const std::exception& error) {
    all.error = words_for(error);
  }
  all.took = loop.fresh_now() - begin;
  co_return all;
}

}  // namespace fetch_many
