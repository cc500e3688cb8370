// SPDX-License-Identifier: MIT
// remote<T>: state that stays in its process, calls in order, and the end of the object.
#include "tests/pool/mp_support.hpp"
#include "tests/support/async_test.hpp"

#include <tridem/pool/mp_event.hpp>
#include <tridem/pool/remote.hpp>
#include <tridem/runtime/create_task.hpp>
#include <tridem/runtime/exception.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/sleep.hpp>

#include <doctest/doctest.h>

#include <csignal>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

using tridem::test::throws;

namespace {

class account {
 public:
  account(std::string owner, long balance) : owner_(std::move(owner)), balance_(balance) {
    if (balance < 0) throw std::invalid_argument("no money");
  }
  long deposit(long amount) {
    if (amount < 0) throw std::domain_error("negative amount");
    history_.push_back(amount);
    return balance_ += amount;
  }
  [[nodiscard]] const std::string& owner() const noexcept { return owner_; }
  [[nodiscard]] std::vector<long> history() const { return history_; }
  void crash() { ::raise(SIGKILL); }
  [[nodiscard]] int pid() const { return ::getpid(); }

 private:
  std::string owner_;
  long balance_;
  std::vector<long> history_;
};

using dictionary = std::map<std::string, int>;
void set(dictionary& in, std::string key, int value) {
  in[key] = value;
}
std::optional<int> get(const dictionary& in, const std::string& key) {
  const auto found = in.find(key);
  return found == in.end() ? std::nullopt : std::optional(found->second);
}

/// Tells of its destruction.
class witness {
 public:
  explicit witness(tridem::mp::event gone) : gone_(std::move(gone)) {}
  witness(const witness&) = delete;
  ~witness() { gone_.set(); }

 private:
  tridem::mp::event gone_;
};

}  // namespace

TRIDEM_TEST("remote: state stays in its process, calls come in order") {
  auto owner = co_await tridem::remote<account>::make("Ada", 100);
  CHECK(co_await owner.call<&account::owner>() == "Ada");
  CHECK(co_await owner.call<&account::deposit>(5) == 105);
  CHECK(co_await owner.call<&account::pid>() == owner.pid());
  CHECK(owner.pid() != ::getpid());
  std::vector<tridem::task_handle<long>> calls;
  std::vector<long> expected{5};
  for (long i = 0; i < 50; ++i) {
    calls.push_back(tridem::create_task(owner.call<&account::deposit>(i)));
    expected.push_back(i);
  }
  for (auto& call : calls) (void)co_await call;
  CHECK(co_await owner.call<&account::history>() == expected);
  co_await owner.close();
}

TRIDEM_TEST("remote: functions and lambdas that take the object") {
  auto words = co_await tridem::remote<dictionary>::make();
  co_await words.call<&set>("one", 1);
  co_await words.call<&set>("two", 2);
  CHECK(co_await words.call<&get>("two") == 2);
  CHECK(co_await words.call<&get>("three") == std::nullopt);
  CHECK(co_await words.call<[](const dictionary& in) { return in.size(); }>() == 2);
}

TRIDEM_TEST("remote: exceptions are those of the call, and the object lives on") {
  CHECK(co_await throws<std::invalid_argument>(tridem::remote<account>::make("Bob", -1)));
  auto owner = co_await tridem::remote<account>::make("Bob", 0);
  CHECK(co_await throws<std::domain_error>(owner.call<&account::deposit>(-5)));
  CHECK(co_await owner.call<&account::deposit>(5) == 5);
}

TRIDEM_TEST("remote: the death of its process is told to the call, and to all after it") {
  auto owner = co_await tridem::remote<account>::make("Eve", 1);
  auto dying = tridem::create_task(throws<tridem::worker_crashed>(owner.call<&account::crash>()));
  auto behind =
      tridem::create_task(throws<tridem::worker_crashed>(owner.call<&account::deposit>(1)));
  CHECK(co_await dying);
  CHECK(co_await behind);
  CHECK(co_await throws<tridem::worker_crashed>(owner.call<&account::deposit>(1)));
  CHECK_FALSE(owner.is_alive());
  CHECK(owner.pid() == 0);
}

TRIDEM_TEST("remote: one that is killed while nothing runs is gone too") {
  auto owner = co_await tridem::remote<account>::make("Mallory", 1);
  const int pid = owner.pid();
  REQUIRE(pid > 0);  // kill(0) is for the whole process group
  ::kill(pid, SIGKILL);
  while (::kill(pid, 0) == 0) co_await tridem::sleep(std::chrono::milliseconds(1));
  CHECK(co_await throws<tridem::pool_closed>(owner.call<&account::deposit>(1)));
  CHECK(co_await throws<tridem::pool_closed>(owner.call<&account::deposit>(1)));
}

TRIDEM_TEST("remote: close destroys the object in its process") {
  const tridem::mp::event gone;
  auto watched = co_await tridem::remote<witness>::make(gone);
  CHECK_FALSE(gone.is_set());
  co_await watched.close();
  CHECK(gone.is_set());
}
