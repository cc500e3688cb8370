// SPDX-License-Identifier: MIT
// What does a read of 4 KiB at a random place of a file cost, from the page cache and past it, with
// 1, 32, 128 tasks that read? usage: file_reads <file>
#include "bench/support/file_reads.hpp"

#include <tridem/io/file.hpp>
#include <tridem/runtime/event_loop.hpp>
#include <tridem/runtime/gather.hpp>
#include <tridem/runtime/run.hpp>

#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

tridem::task<> keep_reading(tridem::file& source, bench::random_places& places,
                            tridem::mutable_buffer into, bench::call_clock& clock) {
  do {
    const std::size_t count = co_await source.read_at(into, places.next());
    if (count != into.size()) throw std::runtime_error("a read came back short");
  } while (clock.goes_on());
}

tridem::task<> measure(const char* path) {
  const std::string subject = std::string("tridem, ") + tridem::event_loop::current().driver_name();
  for (const bench::way_to_read& way : bench::ways_to_read) {
    tridem::file source(tridem::descriptor(bench::open_to_read(path, way)));
    bench::random_places places(bench::size_of_file(source.native_handle()));
    for (const int depth : bench::read_depths) {
      const auto memory = bench::memory_for_reads(depth);
      bench::call_clock clock;
      std::vector<tridem::task<>> readers;
      for (int i = 0; i < depth; ++i) {
        const tridem::mutable_buffer into(
            memory.get() + static_cast<std::size_t>(i) * bench::read_size, bench::read_size);
        readers.push_back(keep_reading(source, places, into, clock));
      }
      co_await tridem::gather(std::move(readers));
      clock.report(subject.c_str(), way.question, depth);
    }
    co_await source.close();
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: file_reads <file>\n");
    return 2;
  }
  tridem::run(measure(argv[1]));
}
