// SPDX-License-Identifier: MIT
// File reads by pread, one after the other: the least that a thread can do that may block.
#include "bench/support/file_reads.hpp"

#include <cstdio>

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: reads_pread <file>\n");
    return 2;
  }
  const auto memory = bench::memory_for_reads(1);
  for (const bench::way_to_read& way : bench::ways_to_read) {
    const int fd = bench::open_to_read(argv[1], way);
    bench::random_places places(bench::size_of_file(fd));
    bench::call_clock clock;
    do {
      const auto place = static_cast<::off_t>(places.next());
      if (::pread(fd, memory.get(), bench::read_size, place) != bench::read_size) return 1;
    } while (clock.goes_on());
    clock.report("pread", way.question, 1);
    ::close(fd);
  }
}
