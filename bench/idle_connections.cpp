// SPDX-License-Identifier: MIT
// What does a connection cost while it says nothing? A server and, in a process of its own, its
// clients: all connect, each has one line echoed, then one in a hundred talks without pause. The
// growth of the server's resident size is divided by the connections; the kernel's part is not in
// it. At the end every connection is asked once more: one that was lost is a failure.
//
//   idle_connections [connections [seconds]]
#include "bench/support/figure.hpp"
#include "bench/support/resident.hpp"

#include <tridem/io/buffered_stream.hpp>
#include <tridem/io/server.hpp>
#include <tridem/io/tcp.hpp>
#include <tridem/runtime/event.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/run.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <spawn.h>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <vector>

using namespace std::chrono_literals;

namespace {

constexpr int talking_share = 100;  // one in so many

// The server ------------------------------------------------------------------------------------

struct at_work {
  tridem::server running;
  tridem::event over;  // the connection that asks questions has ended
};

// What the controlling connection asks; true for a question.
bool answers_question(at_work& self, std::string& line) {
  if (line != "resident" && line != "open") return false;
  line = line == "open" ? std::to_string(self.running.stats().open)
                        : std::to_string(static_cast<long>(bench::resident_bytes()));
  return true;
}

tridem::task<> echo_lines(at_work& self, tridem::tcp_stream stream) {
  tridem::buffered_stream peer(stream);
  std::string line;
  bool asks = false;
  for (;;) {
    const bool any = co_await peer.read_line(line);
    if (!any) break;
    asks |= answers_question(self, line);
    line += '\n';
    co_await peer.write(line);
    co_await peer.flush();
  }
  if (asks) self.over.set();
}

tridem::task<int> serve(const char* program, std::string connections, std::string seconds) {
  auto listener = tridem::tcp_listener::bind(tridem::address::loopback());
  std::string port = std::to_string(listener.local_address().port());
  at_work self;
  auto handler = [&](tridem::tcp_stream stream) { return echo_lines(self, std::move(stream)); };
  self.running = tridem::start_server(std::move(listener), handler,
                                      {.max_connections = 100'000, .idle_limit = 1h});

  std::string name = program;
  std::string word = "load";
  char* words[] = {name.data(),        word.data(),    port.data(),
                   connections.data(), seconds.data(), nullptr};
  pid_t child = 0;
  if (::posix_spawn(&child, "/proc/self/exe", nullptr, nullptr, words, environ) != 0) co_return 1;
  co_await self.over.wait();
  co_await self.running.stop(1s);
  int status = 0;
  ::waitpid(child, &status, 0);
  co_return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

// The clients -----------------------------------------------------------------------------------

class clients {
 public:
  clients(std::uint16_t port, int count) : port_(port), count_(count) {}

  tridem::task<int> measure(std::chrono::duration<double> span) {
    control_ = co_await tridem::tcp_stream::connect(tridem::address::loopback(port_));
    const double before = co_await ask("resident");
    for (int i = 0; i < count_; ++i) {
      streams_.push_back(co_await tridem::tcp_stream::connect(tridem::address::loopback(port_)));
    }
    for (double open = 0; open != count_ + 1;) open = co_await ask("open");
    const double connected = co_await ask("resident");
    co_await ask_everybody();
    const double idle = co_await ask("resident");
    co_await talk(span);
    const double after = co_await ask("resident");
    co_await ask_everybody();

    report("idle connections: memory of one that has said nothing", "B",
           (connected - before) / count_);
    report("idle connections: memory of one after a line", "B", (idle - before) / count_);
    report("idle connections: growth while others talk", "B", (after - idle) / count_);
    report("idle connections: lines echoed to others", "1/s",
           static_cast<double>(lines_) / span.count());
    report("idle connections: lost", "connections", lost_);
    co_return lost_ == 0 ? 0 : 1;
  }

 private:
  void report(const char* question, const char* unit, double value) const {
    bench::report(
        {.subject = subject_.c_str(), .question = question, .unit = unit, .value = value});
  }

  tridem::task<double> ask(std::string question) {
    question += '\n';
    co_await control_.write_all(tridem::as_bytes(question));
    std::string answer;
    const std::size_t length = co_await control_.read_until(answer, "\n");
    co_return std::strtod(answer.substr(0, length).c_str(), nullptr);
  }

  tridem::task<> exchange(int which) {
    tridem::tcp_stream& stream = streams_[static_cast<std::size_t>(which)];
    const std::string line = "connection " + std::to_string(which) + "\n";
    std::string answer(line.size(), ' ');
    try {
      co_await stream.write_all(tridem::as_bytes(line));
      co_await stream.read_exactly(tridem::as_writable_bytes(answer));
    } catch (const std::system_error& error) {
      std::fprintf(stderr, "%s", error.what());
    }
    if (answer != line) ++lost_;
  }

  tridem::task<> ask_everybody() {
    constexpr int at_once = 100;
    for (int i = 0; i < count_; i += at_once) {
      std::vector<tridem::task<>> some;
      for (int k = i; k < std::min(count_, i + at_once); ++k) some.push_back(exchange(k));
      co_await tridem::gather(std::move(some));
    }
  }

  tridem::task<> talk(std::chrono::duration<double> span) {
    const auto end = tridem::now() + std::chrono::duration_cast<tridem::duration>(span);
    const auto without_pause = [](clients& self, int which,
                                  tridem::time_point until) -> tridem::task<> {
      while (tridem::now() < until) {
        co_await self.exchange(which);
        ++self.lines_;
      }
    };
    std::vector<tridem::task<>> talking;
    for (int i = 0; i < count_; i += talking_share) talking.push_back(without_pause(*this, i, end));
    co_await tridem::gather(std::move(talking));
  }

  std::uint16_t port_;
  int count_;
  std::string subject_ = std::string("tridem, ") + tridem::event_loop::current().driver_name();
  tridem::tcp_stream control_;
  std::vector<tridem::tcp_stream> streams_;
  long lines_ = 0;
  int lost_ = 0;
};

tridem::task<int> load(std::uint16_t port, int count, double seconds) {
  clients all(port, count);
  co_return co_await all.measure(std::chrono::duration<double>(seconds));
}

// As many descriptors as are allowed; how many connections that makes possible.
int allow_descriptors(int wanted) {
  constexpr int others = 100;
  ::rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_max < static_cast<rlim_t>(wanted) + others) {
    const int possible = static_cast<int>(limit.rlim_max) - others;
    std::fprintf(stderr, "descriptors for %d connections only, not for %d\n", possible, wanted);
    return possible;
  }
  return wanted;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string first = argc > 1 ? argv[1] : "15000";
  if (first == "load" && argc == 5) {
    const int count = allow_descriptors(std::atoi(argv[3]));
    return tridem::run(
        load(static_cast<std::uint16_t>(std::atoi(argv[2])), count, std::atof(argv[4])));
  }
  const int count = allow_descriptors(std::atoi(first.c_str()));
  const char* given = std::getenv("BENCH_SECONDS");
  const std::string seconds = argc > 2 ? argv[2] : given != nullptr ? given : "2";
  return tridem::run(serve(argv[0], std::to_string(count), seconds));
}
