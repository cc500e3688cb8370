// SPDX-License-Identifier: MIT
// File reads by hand on io_uring: plain, and with what it can be told beforehand (a registered file
// and registered memory), which a library that reads into any memory cannot use.
#include "bench/support/file_reads.hpp"

#include <liburing.h>

#include <cstdio>
#include <sys/uio.h>

namespace {

void check_answer(int result, const char* what) {
  if (result < 0) throw std::system_error(-result, std::generic_category(), what);
}

class ring_reader {
 public:
  ring_reader(int fd, int depth, bool registered)
      : fd_(fd),
        registered_(registered),
        memory_(bench::memory_for_reads(depth)),
        places_(bench::size_of_file(fd)) {
    ::io_uring_params params{};
    params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
    check_answer(::io_uring_queue_init_params(256, &ring_, &params), "io_uring_setup");
    check_answer(::io_uring_register_ring_fd(&ring_), "registering the ring");
    if (!registered) return;
    check_answer(::io_uring_register_files(&ring_, &fd, 1), "registering the file");
    const ::iovec all{memory_.get(), static_cast<std::size_t>(depth) * bench::read_size};
    check_answer(::io_uring_register_buffers(&ring_, &all, 1), "registering memory");
  }
  ring_reader(const ring_reader&) = delete;
  ring_reader& operator=(const ring_reader&) = delete;
  ~ring_reader() { ::io_uring_queue_exit(&ring_); }

  void run(int depth, bench::call_clock& clock) {
    for (int i = 0; i < depth; ++i) read(static_cast<std::uint64_t>(i));
    for (int under_way = depth; under_way != 0;) {
      const int submitted = ::io_uring_submit_and_wait(&ring_, 1);
      if (submitted != -EINTR) check_answer(submitted, "io_uring_enter");
      unsigned head = 0;
      unsigned count = 0;
      io_uring_cqe* answer = nullptr;
      io_uring_for_each_cqe(&ring_, head, answer) {
        ++count;
        check_answer(answer->res, "read");
        if (clock.goes_on()) {
          read(answer->user_data);
        } else {
          --under_way;
        }
      }
      ::io_uring_cq_advance(&ring_, count);
    }
  }

 private:
  void read(std::uint64_t number) {
    io_uring_sqe* entry = ::io_uring_get_sqe(&ring_);
    std::byte* into = memory_.get() + number * bench::read_size;
    const std::uint64_t place = places_.next();
    if (registered_) {
      ::io_uring_prep_read_fixed(entry, 0, into, bench::read_size, place, 0);
      entry->flags |= IOSQE_FIXED_FILE;
    } else {
      ::io_uring_prep_read(entry, fd_, into, bench::read_size, place);
    }
    entry->user_data = number;
  }

  io_uring ring_{};
  const int fd_;
  const bool registered_;
  std::unique_ptr<std::byte[], bench::freed> memory_;
  bench::random_places places_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: reads_uring <file>\n");
    return 2;
  }
  for (const bench::way_to_read& way : bench::ways_to_read) {
    const int fd = bench::open_to_read(argv[1], way);
    for (const int depth : bench::read_depths) {
      for (const bool registered : {false, true}) {
        ring_reader reader(fd, depth, registered);
        bench::call_clock clock;
        reader.run(depth, clock);
        clock.report(registered ? "io_uring, registered" : "io_uring by hand", way.question, depth);
      }
    }
    ::close(fd);
  }
}
