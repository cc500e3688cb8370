// SPDX-License-Identifier: MIT
// Shows: a server of people who talk. What one says all others read; Ctrl-C says good-bye to all
// and ends in order.
//
//   chat_server [port]     and then, several times:  nc 127.0.0.1 7008
#include <tridem/tridem.hpp>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

using namespace std::chrono_literals;

namespace {

// What one guest has yet to be told. A guest who does not read cannot hold up the others: when the
// queue is full, lines are left out.
using outbox = tridem::queue<std::string>;

class room {
 public:
  void enter(const std::string& name, outbox& box) { guests_.emplace(name, &box); }
  void leave(const std::string& name) { guests_.erase(name); }
  [[nodiscard]] bool knows(const std::string& name) const { return guests_.contains(name); }
  [[nodiscard]] std::size_t size() const { return guests_.size(); }

  void say(const std::string& from, const std::string& text) {
    for (auto& [name, box] : guests_) {
      if (name != from) (void)box->try_put(text);
    }
    std::printf("%s\n", text.c_str());
  }

 private:
  std::map<std::string, outbox*> guests_;
};

using connection = tridem::buffered_stream<tridem::tcp_stream>;

tridem::task<> send_line(connection& to, std::string line) {
  line += '\n';
  co_await to.write(line);
  co_await to.flush();
}

// Tells a guest what the others say, and at last what is left.
tridem::task<> deliver(connection& to, outbox& box) {
  for (;;) {
    const std::optional<std::string> line = co_await box.get();
    if (!line) co_return;
    co_await send_line(to, *line);
  }
}

// Says what the guest says, until they go, or the server does.
tridem::task<> listen_to(connection& guest, const std::string& name, room& all) {
  for (;;) {
    const std::optional<std::string> line = co_await guest.read_line();
    if (!line || *line == "/quit") co_return;
    if (!line->empty()) all.say(name, name + ": " + *line);
  }
}

tridem::task<std::optional<std::string>> ask_name(connection& guest, const room& all) {
  co_await send_line(guest, "who are you?");
  for (;;) {
    std::optional<std::string> name = co_await guest.read_line();
    if (!name || (!name->empty() && !all.knows(*name))) co_return name;
    co_await send_line(guest, "that name is taken, or none; who are you?");
  }
}

// In the room as long as it lives.
class presence {
 public:
  presence(room& all, std::string name, outbox& box) : all_(all), name_(std::move(name)) {
    all_.say(name_, "* " + name_ + " comes");
    all_.enter(name_, box);
  }
  presence(const presence&) = delete;
  presence& operator=(const presence&) = delete;
  ~presence() {
    all_.leave(name_);
    all_.say(name_, "* " + name_ + " goes");
  }

 private:
  room& all_;
  std::string name_;
};

tridem::task<> welcome(room& all, tridem::event& closing, tridem::tcp_stream stream) {
  connection guest(std::move(stream), {.limit = 1000});
  const std::optional<std::string> name = co_await ask_name(guest, all);
  if (!name) co_return;
  outbox box(100);
  auto talk = [&](tridem::task_group& group) -> tridem::task<> {
    const presence here(all, *name, box);
    auto telling = group.create_task(deliver(guest, box));
    co_await tridem::race(listen_to(guest, *name, all), closing.wait());
    if (closing.is_set()) (void)box.try_put("* the room closes, good-bye");
    box.close();
    co_await telling;
  };
  co_await tridem::with_task_group(talk);
}

tridem::task<> async_main(std::uint16_t port) {
  room all;
  tridem::event closing;
  auto listener = tridem::tcp_listener::bind(tridem::address::loopback(port));
  std::printf("the room is open at %s\n", listener.local_address().to_string().c_str());

  auto handler = [&](tridem::tcp_stream stream) {
    return welcome(all, closing, std::move(stream));
  };
  // People think before they type.
  auto serving =
      tridem::start_server(std::move(listener), handler,
                           {.max_connections = 1000, .handshake_limit = 60s, .idle_limit = 1h});
  tridem::signal_set signals{SIGINT, SIGTERM};
  co_await signals.wait();
  std::printf("closing; %zu guests are here\n", all.size());
  closing.set();
  co_await serving.stop(2s);
  std::printf("%llu guests in all\n", static_cast<unsigned long long>(serving.stats().accepted));
}

}  // namespace

int main(int count, char** words) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  const long port = count > 1 ? std::strtol(words[1], nullptr, 10) : 7008;
  if (port < 0 || port > 65535) {
    std::fputs("usage: chat_server [port]\n", stderr);
    return 2;
  }
  try {
    tridem::run(async_main(static_cast<std::uint16_t>(port)));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "chat_server: %s\n", error.what());
    return 1;
  }
}
