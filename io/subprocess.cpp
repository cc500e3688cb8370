// SPDX-License-Identifier: MIT
// A subprocess is its pidfd and up to three pipes; the rest is order.
#include "io/posix/pidfd.hpp"
#include "io/posix/spawn.hpp"

#include <tridem/io/subprocess.hpp>
#include <tridem/runtime/event_loop.hpp>
#include <tridem/runtime/exception.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/result.hpp>
#include <tridem/runtime/shield.hpp>
#include <tridem/runtime/sleep.hpp>
#include <tridem/runtime/wait_for.hpp>

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace tridem {
namespace {

/// A pipe whose inner end is the subprocess's, and blocks as programs expect; ours does not.
struct stream_pipe {
  descriptor reading;
  descriptor writing;
};

stream_pipe open_pipe(const std::string& program) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw std::system_error(errno, std::generic_category(), "start '" + program + "', its pipes");
  }
  return {descriptor{ends[0]}, descriptor{ends[1]}};
}

void make_non_blocking(const descriptor& end) noexcept {
  ::fcntl(end.get(), F_SETFL, ::fcntl(end.get(), F_GETFL) | O_NONBLOCK);
}

/// The three standard streams, seen from here.
struct stream_set {
  std::vector<int> numbers;  // of the subprocess; -1 for /dev/null
  std::array<descriptor, 3> inner;
  std::array<descriptor, 3> outer;
};

// Where this process has closed its own, the number may belong to something else by now, an eventfd
// of the loop even; all of ours are closed on exec, and what is so is not for others.
int inherited(int number) noexcept {
  const int flags = ::fcntl(number, F_GETFD);
  return flags < 0 || (flags & FD_CLOEXEC) != 0 ? -1 : number;
}

stream_set open_streams(const subprocess_options& options, const std::string& program) {
  stream_set streams;
  const std::array wanted{options.input, options.output, options.error_output};
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    switch (wanted[i].what()) {
      case stdio::kind::inherit:
        streams.numbers.push_back(inherited(static_cast<int>(i)));
        break;
      case stdio::kind::null:
        streams.numbers.push_back(-1);
        break;
      case stdio::kind::descriptor:
        streams.numbers.push_back(wanted[i].fd());
        break;
      case stdio::kind::output:
        if (i != 2) {
          throw std::system_error(
              EINVAL, std::generic_category(),
              "start '" + program + "': stdio::output is for error_output only");
        }
        streams.numbers.push_back(streams.numbers[1]);
        break;
      case stdio::kind::pipe: {
        stream_pipe made = open_pipe(program);
        if (i != 0) std::swap(made.reading, made.writing);
        streams.inner[i] = std::move(made.reading);
        streams.outer[i] = std::move(made.writing);
        make_non_blocking(streams.outer[i]);
        streams.numbers.push_back(streams.inner[i].get());
        break;
      }
    }
  }
  streams.numbers.insert(streams.numbers.end(), options.descriptors.begin(),
                         options.descriptors.end());
  return streams;
}

bool is_readable(int fd) noexcept {
  ::pollfd state{fd, POLLIN, 0};
  return ::poll(&state, 1, 0) > 0;
}

task<> feed(pipe_writer& into, std::string_view text) {
  if (!text.empty()) {
    const result<void> written = co_await as_result(into.write_all(as_bytes(text)));
    // What it does not want to read is its affair.
    if (!written && written.error() != std::errc::broken_pipe) {
      throw std::system_error(written.error(), "write the input of a subprocess");
    }
  }
  co_await into.close();
}

task<std::string> read_to_end(pipe_reader& from, std::size_t limit, const std::string& program) {
  constexpr std::size_t step = std::size_t{64} << 10;  // what a pipe holds
  std::string all;
  std::size_t filled = 0;
  while (from.is_open()) {
    if (all.size() - filled < step / 2) all.resize(std::max(step, 2 * all.size()));
    const mutable_buffer into = as_writable_bytes(all).subspan(filled);
    const std::size_t count = co_await from.read_some(into);
    if (count == 0) break;
    filled += count;
    if (filled > limit) {
      throw std::system_error(EOVERFLOW, std::generic_category(),
                              "communicate with '" + program +
                                  "', which says more than the limit of " + std::to_string(limit) +
                                  " bytes");
    }
  }
  all.resize(filled);
  co_return all;
}

}  // namespace

subprocess::subprocess(subprocess&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)),
      process_(std::move(other.process_)),
      status_(std::exchange(other.status_, std::nullopt)),
      input_(std::move(other.input_)),
      output_(std::move(other.output_)),
      error_output_(std::move(other.error_output_)),
      program_(std::move(other.program_)),
      grace_(other.grace_),
      leads_group_(other.leads_group_) {}

subprocess& subprocess::operator=(subprocess&& other) noexcept {
  if (this == &other) return *this;
  kill_and_reap();
  pid_ = std::exchange(other.pid_, 0);
  process_ = std::move(other.process_);
  status_ = std::exchange(other.status_, std::nullopt);
  input_ = std::move(other.input_);
  output_ = std::move(other.output_);
  error_output_ = std::move(other.error_output_);
  program_ = std::move(other.program_);
  grace_ = other.grace_;
  leads_group_ = other.leads_group_;
  return *this;
}

subprocess::~subprocess() {
  kill_and_reap();
}

task<subprocess> subprocess::exec(command_line command) {
  return start(std::move(command), subprocess_options());
}

task<subprocess> subprocess::exec(command_line command, const subprocess_options& options) {
  return start(std::move(command), options);
}

// By value: a task starts later, when the options of its caller may be gone.
task<subprocess> subprocess::start(command_line command, subprocess_options options) {
  detail::reap_buried();
  const std::vector<std::string>& words = command.words();
  const std::string program = words.empty() ? std::string() : words.front();
  stream_set streams = open_streams(options, program);
  detail::spawned child = detail::spawn(
      {.words = words,
       .directory = options.directory,
       .environment = detail::changed_environment(options.environment, options.inherit_environment),
       .descriptors = streams.numbers,
       .new_group = options.group == process_group::own,
       .new_session = options.group == process_group::session,
       .die_with_parent = options.die_with_parent});
  subprocess made;
  made.pid_ = child.pid;
  made.process_ = detail::io_object(std::move(child.pidfd));
  made.input_ = pipe_writer(std::move(streams.outer[0]));
  made.output_ = pipe_reader(std::move(streams.outer[1]));
  made.error_output_ = pipe_reader(std::move(streams.outer[2]));
  made.program_ = program;
  made.grace_ = options.grace;
  made.leads_group_ = options.group != process_group::inherit;
  co_return made;
}

std::optional<exit_status> subprocess::try_wait() noexcept {
  if (!status_ && process_.is_open()) status_ = detail::try_reap(process_.fd());
  return status_;
}

task<exit_status> subprocess::wait() {
  while (!try_wait()) {
    const result<unsigned> ended = co_await as_result(process_.start<poll_operation>(POLLIN));
    // A close() may have seen the end first.
    if (!ended && !status_) {
      throw std::system_error(ended.error(), "wait for '" + program_ + "'");
    }
  }
  co_return *status_;
}

task<communication> subprocess::communicate(std::string_view input, std::size_t limit) {
  if (!input.empty() && !input_.is_open()) {
    throw std::system_error(EINVAL, std::generic_category(),
                            "communicate with '" + program_ +
                                "': there is input for it, but its option `input` is no pipe");
  }
  auto feeding = feed(input_, input);
  auto reading = read_to_end(output_, limit, program_);
  auto reading_errors = read_to_end(error_output_, limit, program_);
  auto said = co_await gather(std::move(feeding), std::move(reading), std::move(reading_errors));
  const exit_status status = co_await wait();
  co_return communication{std::move(std::get<1>(said)), std::move(std::get<2>(said)), status};
}

bool subprocess::send_signal(int signal) {
  if (try_wait() || !process_.is_open()) return false;
  const int error = leads_group_ ? detail::send_signal_to_group(process_.fd(), pid_, signal)
                                 : detail::send_signal(process_.fd(), signal);
  if (error == ESRCH) return false;
  if (error != 0) {
    throw std::system_error(error, std::generic_category(),
                            "send signal " + std::to_string(signal) + " to '" + program_ +
                                "', process " + std::to_string(pid_));
  }
  return true;
}

bool subprocess::terminate() {
  return send_signal(SIGTERM);
}

bool subprocess::kill() {
  return send_signal(SIGKILL);
}

task<> subprocess::close() {
  co_await shield(end_gently());
}

// What cannot be signalled, a program that changed its user, is left as it is.
void subprocess::signal_quietly(int signal) noexcept {
  if (leads_group_) {
    static_cast<void>(detail::send_signal_to_group(process_.fd(), pid_, signal));
  } else {
    static_cast<void>(detail::send_signal(process_.fd(), signal));
  }
}

task<bool> subprocess::ends_within(std::chrono::milliseconds time) {
  try {
    co_await wait_for(wait(), time);
    co_return true;
  } catch (const timeout_error&) {
    co_return false;
  }
}

task<> subprocess::end_gently() {
  co_await input_.close();
  if (process_.is_open() && !try_wait()) {
    signal_quietly(SIGTERM);
    bool ended = co_await ends_within(grace_);
    if (!ended) {
      signal_quietly(SIGKILL);
      ended = co_await ends_within(std::chrono::seconds(5));
    }
    // What not even SIGKILL ends in time, because it waits for a disk, is left to the destructor.
    if (!ended) co_return;
  }
  co_await process_.close();
  co_await end_of(output_);
  co_await end_of(error_output_);
}

// Who reads is told what the program has said, and that this was all, before the pipe is closed. As
// long as nothing is there, some descendant keeps the pipe open, and its reader hears of the close.
task<> subprocess::end_of(pipe_reader& said) {
  const time_point patience = detail::after(event_loop::current().fresh_now(), grace_);
  while (said.object_.has_pending() && is_readable(said.native_handle()) &&
         event_loop::current().fresh_now() < patience) {
    co_await yield();
  }
  co_await said.close();
}

void subprocess::kill_and_reap() noexcept {
  if (!process_.is_open() || try_wait()) return;
  signal_quietly(SIGKILL);
  detail::bury(process_.release());
}

}  // namespace tridem
