// SPDX-License-Identifier: MIT
// A fork server with workers, driven by poll(2) instead of a loop: the processes by themselves.
#pragma once

#include "pool/worker/doorbell.hpp"
#include "pool/worker/fork_server.hpp"
#include "pool/worker/fork_server_client.hpp"

#include <tridem/pool/channel.hpp>
#include <tridem/pool/exception_codec.hpp>
#include <tridem/pool/job.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <map>
#include <memory>
#include <optional>
#include <poll.h>
#include <string>
#include <tuple>
#include <unistd.h>
#include <utility>

namespace tridem::test {

inline constexpr int patience_ms = 30'000;

inline void wait_readable(int number) {
  ::pollfd look{number, POLLIN, 0};
  REQUIRE(::poll(&look, 1, patience_ms) == 1);
}

/// One worker and everything the parent holds of it.
struct test_worker {
  detail::channel channel;
  descriptor error_output;
  descriptor lifeline;
  descriptor pidfd;
  int pid = 0;
  std::optional<int> status;

  std::string last_words() {
    char buffer[4096];
    const auto size = ::read(error_output.get(), buffer, sizeof(buffer));
    return size > 0 ? std::string(buffer, static_cast<std::size_t>(size)) : std::string();
  }
};

class test_server {
 public:
  explicit test_server(const detail::fork_server_settings& how = {}) : client(how) {}

  /// Makes both ends of a worker.
  std::unique_ptr<test_worker> prepare(detail::worker_descriptors& passed) {
    auto made = std::make_unique<test_worker>();
    int errors[2];
    int life[2];
    REQUIRE(::pipe2(errors, O_CLOEXEC) == 0);
    REQUIRE(::pipe2(life, O_CLOEXEC) == 0);
    made->error_output.reset(errors[0]);
    made->lifeline.reset(life[1]);
    passed.channel.reset(::fcntl(made->channel.memory(), F_DUPFD_CLOEXEC, 3));
    passed.socket = std::move(made->channel.worker_socket());
    passed.bell.reset(::fcntl(bell.memory(), F_DUPFD_CLOEXEC, 3));
    passed.bell_event.reset(::fcntl(bell.event(), F_DUPFD_CLOEXEC, 3));
    passed.error_output.reset(errors[1]);
    passed.lifeline.reset(life[0]);
    return made;
  }

  std::unique_ptr<test_worker> start(std::uint64_t number = 1) {
    detail::worker_descriptors passed;
    auto made = prepare(passed);
    REQUIRE(client.request_worker(number, passed));
    auto answer = wait_for(detail::server_message_kind::started, number);
    made->pid = answer.content.pid;
    made->pidfd = std::move(answer.pidfd);
    return made;
  }

  detail::fork_server_client::message wait_for(detail::server_message_kind kind,
                                               std::uint64_t number) {
    for (;;) {
      while (auto next = client.receive()) {
        if (next->content.kind == detail::server_message_kind::hello) {
          client.check_hello(next->content);
          hello = next->content;
        }
        if (next->content.kind == kind && next->content.worker == number) return std::move(*next);
        if (next->content.kind == detail::server_message_kind::ended) {
          early_ends_[next->content.worker] = next->content.status;
        }
      }
      REQUIRE_FALSE(client.is_gone());
      wait_readable(client.socket());
    }
  }

  /// How worker `number` ended, as waitpid says.
  int status_of(std::uint64_t number = 1) {
    if (const auto early = early_ends_.find(number); early != early_ends_.end()) {
      return early->second;
    }
    return wait_for(detail::server_message_kind::ended, number).content.status;
  }

  /// Publishes a call of Function.
  template <auto Function, class... Stored>
  static std::uint64_t publish(test_worker& worker, Stored... arguments) {
    const std::tuple<Stored...> all(std::move(arguments)...);
    const detail::encodable encoded{[](message_writer& out, const void* object) {
                                      std::apply(
                                          [&](const auto&... each) { (encode(out, each), ...); },
                                          *static_cast<const std::tuple<Stored...>*>(object));
                                    },
                                    &all};
    const auto sequence =
        worker.channel.publish(detail::job<Function>::entry, encoded, std::size_t{1} << 40);
    worker.channel.wake_worker();
    return sequence;
  }

  /// Waits for the next result of a worker; throws the exception if it is one.
  template <class R>
  R result(test_worker& worker) {
    std::optional<R> value;
    std::exception_ptr error;
    for (;;) {
      const auto take = [&](const detail::channel::result& result) {
        message_reader in(result.bytes, result.descriptors);
        if (result.kind == detail::result_kind::exception) {
          error = decode_exception(in, worker.pid);
        } else {
          value.emplace(decode<R>(in));
        }
      };
      bell.prepare_sleep();
      if (worker.channel.poll(take)) break;
      wait_readable(bell.event());
      std::uint64_t drained;
      (void)!::read(bell.event(), &drained, sizeof(drained));
    }
    bell.awake();
    if (error) std::rethrow_exception(error);
    return std::move(*value);
  }

  template <class R, auto Function, class... Stored>
  R call(test_worker& worker, Stored... arguments) {
    REQUIRE(publish<Function>(worker, std::move(arguments)...) != 0);
    return result<R>(worker);
  }

  void end() { client.end(std::chrono::milliseconds(patience_ms)); }
  ~test_server() { end(); }

  detail::doorbell bell;
  detail::fork_server_client client;
  detail::server_message hello{};

 private:
  std::map<std::uint64_t, int> early_ends_;
};

}  // namespace tridem::test
