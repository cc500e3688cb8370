// SPDX-License-Identifier: MIT
// How many system calls does an operation take? Performs as many operations as it is told, after
// one to begin with, and measures nothing: whoever traces it counts. Of an echo both ends are here.
// usage: system_calls echo|read|thread|process <under way> <operations> [<file>]
#include <tridem/tridem.hpp>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <string_view>
#include <vector>

namespace {

using tridem::task;

[[gnu::noinline]] int job(int value) {
  return value + 1;
}

/// Operations that are still to be begun.
class budget {
 public:
  explicit budget(long operations) noexcept : left_(operations) {}
  [[nodiscard]] bool take() noexcept { return left_-- > 0; }

 private:
  long left_;
};

task<> answer(tridem::tcp_stream stream) {
  std::array<std::byte, 64> bytes;
  for (;;) {
    const std::size_t count = co_await stream.read_some(bytes);
    if (count == 0) co_return;
    co_await stream.write_all(std::span(bytes).first(count));
  }
}
task<> ask(tridem::address at, budget& operations) {
  tridem::tcp_stream stream = co_await tridem::tcp_stream::connect(at);
  std::array<std::byte, 64> bytes{};
  while (operations.take()) {
    co_await stream.write_all(bytes);
    co_await stream.read_exactly(bytes);
  }
}
task<> echo(int connections, long operations) {
  auto listener = tridem::tcp_listener::bind(tridem::address::loopback());
  const tridem::address at = listener.local_address();
  tridem::server running = tridem::start_server(std::move(listener), answer);
  budget shared(operations);
  std::vector<task<>> clients;
  for (int i = 0; i < connections; ++i) clients.push_back(ask(at, shared));
  co_await tridem::gather(std::move(clients));
  co_await running.stop(std::chrono::seconds(1));
}

task<> read_again(tridem::file& source, budget& operations) {
  std::array<std::byte, 4096> bytes;
  while (operations.take()) co_await source.read_at(bytes, 0);
}
task<> read(const char* path, int tasks, long operations) {
  tridem::file source = co_await tridem::file::open(path);
  budget shared(operations);
  std::vector<task<>> readers;
  for (int i = 0; i < tasks; ++i) readers.push_back(read_again(source, shared));
  co_await tridem::gather(std::move(readers));
  co_await source.close();
}

template <class Call>
task<> call_again(Call& call, budget& operations) {
  while (operations.take()) co_await call();
}
/// `call()` is to be awaited; the first brings the thread or the worker to life.
template <class Call>
task<> calls(Call call, int tasks, long operations) {
  co_await call();
  budget shared(operations);
  std::vector<task<>> callers;
  for (int i = 0; i < tasks; ++i) callers.push_back(call_again(call, shared));
  co_await tridem::gather(std::move(callers));
}

task<int> perform(std::string_view what, int under_way, long operations, const char* path) {
  if (what == "echo") {
    co_await echo(under_way, operations);
  } else if (what == "read" && path != nullptr) {
    co_await read(path, under_way, operations);
  } else if (what == "thread") {
    tridem::thread_pool pool{{.threads = 1}};
    auto call = [&pool] { return pool.submit(job, 1); };
    co_await calls(call, under_way, operations);
    co_await pool.shutdown();
  } else if (what == "process") {
    tridem::process_pool pool{{.workers = 1}};
    auto call = [&pool] { return pool.submit<&job>(1); };
    co_await calls(call, under_way, operations);
    co_await pool.shutdown();
  } else {
    co_return 2;
  }
  co_return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(
        stderr, "usage: system_calls echo|read|thread|process <under way> <operations> [<file>]\n");
    return 2;
  }
  const char* path = argc > 4 ? argv[4] : nullptr;
  return tridem::run(perform(argv[1], std::atoi(argv[2]), std::atol(argv[3]), path));
}
