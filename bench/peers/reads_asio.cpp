// SPDX-License-Identifier: MIT
// File reads, asked of Boost.Asio: random_access_file, which it has on io_uring only.
#define BOOST_ASIO_HAS_IO_URING 1
#include "bench/support/file_reads.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/random_access_file.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstdio>

namespace {

namespace asio = boost::asio;

asio::awaitable<void> keep_reading(asio::random_access_file& source, bench::random_places& places,
                                   std::byte* into, bench::call_clock& clock) {
  do {
    co_await source.async_read_some_at(places.next(), asio::buffer(into, bench::read_size),
                                       asio::use_awaitable);
  } while (clock.goes_on());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: reads_asio <file>\n");
    return 2;
  }
  for (const bench::way_to_read& way : bench::ways_to_read) {
    for (const int depth : bench::read_depths) {
      asio::io_context loop{1};
      asio::random_access_file source(loop, bench::open_to_read(argv[1], way));
      bench::random_places places(source.size());
      const auto memory = bench::memory_for_reads(depth);
      bench::call_clock clock;
      for (int i = 0; i < depth; ++i) {
        std::byte* into = memory.get() + static_cast<std::size_t>(i) * bench::read_size;
        asio::co_spawn(loop, keep_reading(source, places, into, clock), asio::detached);
      }
      loop.run();
      clock.report("asio, awaitable", way.question, depth);
    }
  }
}
