// SPDX-License-Identifier: MIT
// Shows: everything at once. Walking and reading overlap on the loop, hashing goes to worker
// processes through shared memory, results leave in order, Ctrl-C ends it all.
//
//   tree_digest [directory] [--executor processes|threads|loop] [--workers n] [--in-flight n]
//               [--driver automatic|uring|asio] [--quiet]
//
// Exit codes: 0; 1 when something could not be read or written; 2 for a wrong command line;
// 128 + n after signal n.
#include "tree_digest/hasher.hpp"
#include "tree_digest/options.hpp"
#include "tree_digest/progress.hpp"
#include "tree_digest/reader.hpp"
#include "tree_digest/report.hpp"

#include <tridem/io/descriptor.hpp>
#include <tridem/io/signal_set.hpp>
#include <tridem/io/walk.hpp>
#include <tridem/runtime/event_loop.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/race.hpp>
#include <tridem/runtime/run.hpp>
#include <tridem/runtime/sleep.hpp>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <deque>
#include <fcntl.h>
#include <optional>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

using tridem::task;

namespace tree_digest {
namespace {

task<> walk_tree(std::string directory, tridem::queue<found_file>& files, report& results) {
  tridem::tree_walk tree = tridem::walk(std::move(directory), {.sorted = true});
  for (;;) {
    std::optional<tridem::walk_entry> entry = co_await tree.next();
    if (!entry) break;
    if (entry->error) {
      results.failed(std::nullopt, entry->path, entry->error);
    } else if (entry->type == tridem::file_type::regular) {
      co_await results.room();
      found_file next{.path = std::move(entry->path), .place = results.add_file()};
      co_await files.put(std::move(next));
    }
  }
  files.close();
  results.walk_ended();
}

// Ends when all is printed.
task<> digest_all(const options& chosen, hasher& hash_by, report& results, tridem::pipe_writer& out,
                  bool clear_progress) {
  tridem::queue<found_file> files(1024);
  std::deque<reader> readers;
  std::vector<task<>> all;
  all.push_back(walk_tree(chosen.directory, files, results));
  // More than a worker has in hand, so that it need not wait for the loop to go on.
  const std::size_t batches = chosen.in_flight != 0 ? chosen.in_flight : 4 * hash_by.width();
  // Each reader fills a block while another is hashed: two of the batches are its.
  for (std::size_t i = 0; i < (batches + 1) / 2; ++i) {
    all.push_back(readers.emplace_back(files, hash_by, results).work());
  }
  all.push_back(results.print(out, clear_progress));
  co_await tridem::gather(std::move(all));
  co_await hash_by.finish();
}

bool shows_progress(const options& chosen) {
  return !chosen.quiet && ::isatty(STDOUT_FILENO) == 1;
}

task<> digest_with_progress(const options& chosen, hasher& hash_by, report& results,
                            tridem::pipe_writer& out) {
  if (!shows_progress(chosen)) {
    co_await digest_all(chosen, hash_by, results, out, false);
  } else {
    co_await tridem::race(digest_all(chosen, hash_by, results, out, true),
                          show_progress(chosen.directory, results));
  }
}

void complain(const std::error_code& of_output) {
  std::fprintf(stderr, "tree_digest: standard output: %s\n", of_output.message().c_str());
}

// Its own descriptor for the results, taken before anything else is opened: where the standard
// output is closed, its number would go to whatever comes next.
tridem::descriptor take_output() {
  tridem::descriptor output(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  if (!output) complain({errno, std::generic_category()});
  return output;
}

struct ending {
  int exit_code = 0;
  const char* text = nullptr;  // for the summary
};

task<ending> digest_until_told(const options& chosen, hasher& hash_by, report& results,
                               tridem::descriptor output) {
  tridem::pipe_writer out(std::move(output));
  tridem::signal_set signals{SIGINT, SIGTERM, SIGHUP};
  auto ended =
      co_await tridem::race(digest_with_progress(chosen, hash_by, results, out), signals.wait());
  if (ended.index() == 1) co_return ending{128 + std::get<1>(ended), "interrupted: "};
  co_return ending{results.failures() == 0 ? 0 : 1, nullptr};
}

task<int> async_main(options chosen, tridem::descriptor output) {
  const tridem::time_point begin = tridem::now();
  report results;
  ending how;
  // Made first and destroyed last: when it goes, so do its workers.
  const std::unique_ptr<hasher> hash_by = make_hasher(chosen.hash_on, chosen.workers);
  try {
    how = co_await digest_until_told(chosen, *hash_by, results, std::move(output));
  } catch (const output_failed& failed) {
    // Whoever reads the output has seen enough; that is no news to anybody.
    if (failed.code() == std::errc::broken_pipe) co_return 128 + SIGPIPE;
    complain(failed.code());
    how = {1, "given up: "};
  }
  if (!chosen.quiet) {
    print_summary(results, *hash_by, tridem::event_loop::current().fresh_now() - begin, how.text,
                  shows_progress(chosen));
  }
  co_return how.exit_code;
}

}  // namespace
}  // namespace tree_digest

int main(int argc, char** argv) {
  const tree_digest::parsed command = tree_digest::parse(argc, argv);
  if (!command.to_do) return command.exit_code;
  tridem::descriptor output = tree_digest::take_output();
  if (!output) return 1;
  try {
    return tridem::run(tree_digest::async_main(*command.to_do, std::move(output)),
                       {.driver = command.to_do->driver});
  } catch (const std::exception& failed) {
    std::fprintf(stderr, "tree_digest: %s\n", failed.what());
    return 1;
  }
}
