// SPDX-License-Identifier: MIT
// Other programs, first part: what they are started with, and what they say.
#include "tests/io/subprocess_support.hpp"
#include "tests/support/async_test.hpp"
#include "tests/support/temporary_directory.hpp"

#include <tridem/io/file.hpp>

#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <signal.h>
#include <string>
#include <system_error>
#include <unistd.h>
#include <vector>

using namespace tridem;
using namespace tridem::test;

TRIDEM_TEST("the words arrive as they are: no shell looks at them") {
  const communication said =
      co_await ask(command_line{"printf", "%s|", "a b", "$HOME", "*", "'", "", "a\nb", "\xff"});
  CHECK(said.output == "a b|$HOME|*|'||a\nb|\xff|");
  CHECK(said.status.success());
}

TRIDEM_TEST("both outputs and the status, each on its own") {
  const communication said = co_await ask(shell("echo out; echo err >&2; exit 7"));
  CHECK(said.output == "out\n");
  CHECK(said.error_output == "err\n");
  CHECK(said.status.code() == 7);
}

TRIDEM_TEST("much more than a pipe holds, both ways at once") {
  std::string text(16 << 20, '\0');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i * 31 % 251);
  const communication said = co_await ask(command_line{"cat"}, text);
  CHECK(said.output == text);
  const communication split = co_await ask(shell("tee /dev/stderr"), text.substr(0, 4 << 20));
  CHECK(split.output == split.error_output);
  CHECK(split.output.size() == 4 << 20);
}

TRIDEM_TEST("a program that does not read its input is no error") {
  const std::string much(4 << 20, 'x');
  const communication ignored = co_await ask(command_line{"true"}, much);
  CHECK(ignored.status.success());
  const communication some = co_await ask(command_line{"head", "-c", "5"}, much);
  CHECK(some.output == "xxxxx");
}

TRIDEM_TEST("a program that closes its outputs early is waited for all the same") {
  const communication said =
      co_await ask(shell("echo x; exec >&- 2>&-; read line; exit 5"), "go\n");
  CHECK(said.output == "x\n");
  CHECK(said.status.code() == 5);
}

TRIDEM_TEST("more output than the limit is refused, and the program ends with its object") {
  pid_t pid = 0;
  std::string text;
  {
    subprocess endless = co_await subprocess::exec({"yes"}, all_pipes);
    pid = endless.pid();
    try {
      co_await endless.communicate({}, 1 << 20);
    } catch (const std::system_error& error) {
      CHECK(error.code() == std::errc::value_too_large);
      text = error.what();
    }
    CHECK(!endless.try_wait());
  }
  CHECK(text.find("'yes'") != std::string::npos);
  CHECK(text.find("1048576 bytes") != std::string::npos);
  CHECK(!exists(pid));
}

TRIDEM_TEST("input for a program without a pipe there is refused") {
  const subprocess_options options{.input = stdio::null};
  subprocess program = co_await subprocess::exec({"cat"}, options);
  std::error_code code;
  try {
    co_await program.communicate("lost");
  } catch (const std::system_error& error) {
    code = error.code();
  }
  CHECK(code == std::errc::invalid_argument);
  const communication silent = co_await program.communicate();
  CHECK(silent.status.success());
}

TRIDEM_TEST("its streams, one at a time") {
  subprocess program =
      co_await subprocess::exec(shell("while read x; do echo got $x; done"), all_pipes);
  for (const std::string word : {"one", "two"}) {
    const std::string line = word + "\n";
    co_await program.input().write_all(as_bytes(line));
    const std::string answer = co_await first_line(program);
    CHECK(answer == "got " + line);
  }
  co_await program.input().close();
  const exit_status status = co_await program.wait();
  CHECK(status.success());
}

TRIDEM_TEST("streams that are null, a descriptor, or the other output") {
  const temporary_directory directory;
  const std::string name = directory / "file";
  {
    const descriptor file{::open(name.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)};
    const subprocess_options options{.input = stdio::null,
                                     .output = stdio::descriptor(file.get()),
                                     .error_output = stdio::output};
    const communication said = co_await ask(shell("cat; echo a; echo b >&2; echo c"), {}, options);
    CHECK(said.output.empty());
    CHECK(said.status.success());
  }
  const std::string written = co_await read_file(name);
  CHECK(written == "a\nb\nc\n");
}

TRIDEM_TEST("what cannot be started says which program and why") {
  const std::system_error missing = co_await failure_of(command_line{"tridem-no-such-program"});
  CHECK(missing.code() == std::errc::no_such_file_or_directory);
  CHECK(says(missing, "'tridem-no-such-program' (looked for in PATH)"));
  const std::system_error line = co_await failure_of(command_line{"ls -l"});
  CHECK(says(line, "give each word on its own"));
  const std::system_error path = co_await failure_of(command_line{"/nowhere/program"});
  CHECK(path.code() == std::errc::no_such_file_or_directory);

  const temporary_directory directory;
  const auto write = [&](const char* name, const char* text, bool executable) {
    const std::string full = directory / name;
    std::ofstream(full) << text;
    if (executable) std::filesystem::permissions(full, std::filesystem::perms::owner_all);
    return full;
  };
  const std::string plain = write("plain", "text", false);
  const std::system_error closed = co_await failure_of(command_line{plain});
  CHECK(closed.code() == std::errc::permission_denied);
  CHECK(says(closed, "not executable"));
  const std::string no_program = write("no-program", "text", true);
  const std::system_error format = co_await failure_of(command_line{no_program});
  CHECK(format.code() == std::errc::executable_format_error);
  CHECK(says(format, "#!"));
  const std::string orphan = write("orphan", "#!/nowhere/interpreter\n", true);
  const std::system_error interpreter = co_await failure_of(command_line{orphan});
  CHECK(interpreter.code() == std::errc::no_such_file_or_directory);
  CHECK(says(interpreter, "interpreter"));

  const subprocess_options elsewhere{.directory = directory / "missing"};
  const std::system_error no_directory = co_await failure_of(command_line{"true"}, elsewhere);
  CHECK(no_directory.code() == std::errc::no_such_file_or_directory);
  CHECK(says(no_directory, "'true' in the directory"));
  const std::vector<std::string> none;
  const std::system_error empty = co_await failure_of(none);
  CHECK(empty.code() == std::errc::invalid_argument);
  const std::system_error zero = co_await failure_of(command_line{"echo", std::string("a\0b", 3)});
  CHECK(says(zero, "zero byte"));
  const subprocess_options bad{.output = stdio::descriptor(9999)};
  const std::system_error descriptor = co_await failure_of(command_line{"true"}, bad);
  CHECK(descriptor.code() == std::errc::bad_file_descriptor);
  CHECK(says(descriptor, "descriptor 1 from our 9999"));
}

TRIDEM_TEST("where it starts, and its environment") {
  subprocess_options options = all_pipes;
  options.directory = "/usr";
  options.environment = {"TRIDEM_A=1 2", "TRIDEM_B=x", "TRIDEM_B=last", "TRIDEM_C=", "TRIDEM_C"};
  const communication said =
      co_await ask(shell("pwd; echo \"$TRIDEM_A,$TRIDEM_B,${TRIDEM_C-unset}\""), {}, options);
  CHECK(said.output == "/usr\n1 2,last,unset\n");
  options.inherit_environment = false;
  const communication alone = co_await ask(command_line{"env"}, {}, options);
  CHECK(alone.output == "TRIDEM_A=1 2\nTRIDEM_B=last\n");
}

TRIDEM_TEST("it gets the descriptors it was given, and no other") {
  const descriptor given{::open("/dev/zero", O_RDONLY | O_CLOEXEC)};
  // Not close-on-exec, and far away: what a careless library leaves open.
  const descriptor leaking{::fcntl(given.get(), F_DUPFD, 700)};
  subprocess_options options = all_pipes;
  options.descriptors = {given.get(), given.get()};
  const communication said = co_await ask(
      command_line{"find", "/proc/self/fd", "-lname", "/dev/zero", "-printf", "%f,"}, {}, options);
  CHECK(said.output == "3,4,");
}

namespace {

/// Changes the disposition and the blocking of signals for the length of a test.
class signal_disorder {
 public:
  signal_disorder() {
    struct sigaction ignore{};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGUSR1, &ignore, &usr1_);
    struct sigaction handle{};
    handle.sa_handler = [](int) {};
    ::sigaction(SIGUSR2, &handle, &usr2_);
    sigset_t some;
    sigemptyset(&some);
    sigaddset(&some, SIGTERM);
    sigaddset(&some, SIGRTMIN + 3);
    ::pthread_sigmask(SIG_BLOCK, &some, &mask_);
  }
  ~signal_disorder() {
    ::sigaction(SIGUSR1, &usr1_, nullptr);
    ::sigaction(SIGUSR2, &usr2_, nullptr);
    ::pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
  }

 private:
  struct sigaction usr1_{};
  struct sigaction usr2_{};
  sigset_t mask_;
};

}  // namespace

TRIDEM_TEST("it starts with no signal blocked, ignored or handled") {
  const signal_disorder disorder;
  const communication said = co_await ask(command_line{"cat", "/proc/self/status"});
  for (const std::string_view which : {"SigBlk", "SigIgn", "SigCgt"}) {
    CAPTURE(which);
    const std::string nothing = std::string(which) + ":\t0000000000000000\n";
    CHECK(said.output.find(nothing) != std::string::npos);
  }
}

TRIDEM_TEST("a standard stream that is for this process alone is not inherited") {
  // As in a service that has closed its own: by then the number may be a descriptor of the library.
  const int flags = ::fcntl(0, F_GETFD);
  REQUIRE(::fcntl(0, F_SETFD, FD_CLOEXEC) == 0);
  subprocess_options options;
  options.output = stdio::pipe;
  const command_line command{"readlink", "/proc/self/fd/0"};
  const communication said = co_await ask(command, {}, options);
  REQUIRE(::fcntl(0, F_SETFD, flags) == 0);
  CHECK(said.output == "/dev/null\n");
}
