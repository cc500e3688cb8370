// SPDX-License-Identifier: MIT
// Name resolution without a network: numbers, /etc/hosts, and names that can never exist.
#include "tests/support/async_test.hpp"
#include "tests/support/expect_failure.hpp"

#include <tridem/pool/resolve.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/event_loop.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/result.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/with_cancel_scope.hpp>

#include <algorithm>
#include <filesystem>
#include <netdb.h>
#include <string>
#include <vector>

using namespace tridem;
using namespace std::chrono_literals;

namespace {

std::ptrdiff_t threads_now() {
  const std::filesystem::directory_iterator all("/proc/self/task");
  return std::distance(begin(all), end(all));
}

using addresses = std::vector<address>;

}  // namespace

TRIDEM_TEST("numbers are answered at once, on the loop") {
  const std::ptrdiff_t before = threads_now();
  addresses found = co_await resolve("127.0.0.1", 80);
  CHECK(found == addresses{address::loopback(80)});
  found = co_await resolve("::1", "8080");
  CHECK(found == addresses{address::ip("::1", 8080)});
  found = co_await resolve("192.0.2.7", "");
  CHECK(found == addresses{address::ip("192.0.2.7", 0)});
  CHECK(threads_now() <= before);  // one of before may have ended
}

TRIDEM_TEST("localhost is this machine") {
  const addresses found = co_await resolve("localhost", 443);
  REQUIRE(!found.empty());
  for (const address& one : found) {
    const bool is_loopback = one.host() == "127.0.0.1" || one.host() == "::1";
    CHECK(is_loopback);
    CHECK(one.port() == 443);
  }
  const addresses only = co_await resolve("localhost", 1, {.family = address_family::ipv4});
  CHECK(only == addresses{address::loopback(1)});
}

TRIDEM_TEST("a service may be a name, where the system has a list of them") {
  if (::getservbyname("http", "tcp") == nullptr) {
    MESSAGE("no /etc/services here: not tested");
    co_return;
  }
  const addresses found = co_await resolve("127.0.0.1", "http");
  CHECK(found == addresses{address::loopback(80)});
}

TRIDEM_TEST("a failure names host, service and cause") {
  const std::string text =
      co_await test::text_of<std::system_error>(resolve("no-such-host.invalid", "https"));
  CHECK(text.find("resolve host 'no-such-host.invalid', service 'https'") != std::string::npos);
  const auto failed = co_await as_result(resolve("no-such-host.invalid", 80));
  CHECK(&failed.error().category() == &resolve_category());

  for (const char* service : {"no-such-service", "65536", "-1"}) {
    const auto wrong = co_await as_result(resolve("127.0.0.1", service));
    CHECK(&wrong.error().category() == &resolve_category());
  }
  const auto empty = co_await as_result(resolve("", 80));
  CHECK(empty.error() == std::error_code(EAI_NONAME, resolve_category()));
  const std::string with_zero("local\0host", 10);
  const auto cut = co_await as_result(resolve(with_zero, 80));
  CHECK(cut.error() == std::error_code(EAI_NONAME, resolve_category()));
  const auto family = co_await as_result(resolve("::1", 80, {.family = address_family::ipv4}));
  CHECK(!family);
  CHECK(resolve_category().name() == std::string("resolve"));
  CHECK(std::error_code(EAI_AGAIN, resolve_category()) ==
        std::errc::resource_unavailable_try_again);
}

TRIDEM_TEST("many lookups at once, more than there are threads") {
  std::vector<task<addresses>> asking;
  for (int i = 0; i < 200; ++i) asking.push_back(resolve("localhost", 1000 + i));
  const std::vector<addresses> found = co_await gather(std::move(asking));
  for (int i = 0; i < 200; ++i) {
    CHECK(found[static_cast<std::size_t>(i)].front().port() == 1000 + i);
  }
}

TRIDEM_TEST("a cancelled lookup ends at once, in line or under way, and harms nobody") {
  for (int round = 0; round < 50; ++round) {
    std::vector<task_handle<addresses>> asking;
    for (int i = 0; i < 20; ++i) asking.push_back(create_task(resolve("localhost", 80)));
    for (int i = 0; i < round % 5; ++i) co_await yield();
    for (auto& handle : asking) handle.cancel();
    int ended = 0;
    for (auto& handle : asking) {
      const auto found = co_await as_result(std::move(handle));
      if (!found || !found.exception()) ++ended;
    }
    CHECK(ended == 20);
  }
}

TRIDEM_TEST("in a cancelled scope nobody is asked") {
  const std::ptrdiff_t before = threads_now();
  auto body = [](cancel_scope& scope) -> task<> {
    scope.cancel();
    co_await resolve("localhost", 80);
  };
  const bool went_on = co_await with_cancel_scope(body);
  CHECK(!went_on);
  CHECK(threads_now() <= before);  // one of before may have ended
}

TEST_CASE("a lookup may outlive the loop that has lost interest") {
  for (int i = 0; i < 30; ++i) {
    auto lose_interest = []() -> task<> {
      for (int k = 0; k < 12; ++k) create_task(resolve("localhost", 80));
      co_await yield();
      co_await yield();
    };
    run(lose_interest());
  }
}
