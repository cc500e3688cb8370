// SPDX-License-Identifier: MIT
// Echo by hand on io_uring, as tuned as we know how: multishot accept into fixed files, multishot
// receive into a ring of provided buffers, answers sent from these, one system call per batch.
//
// The upper limit for any library on io_uring. It leans on what an echo is: a connection has at
// most one message under way, so two sends on one socket never compete for room.
#include "bench/support/echo_socket.hpp"

#include <liburing.h>

#include <cstdlib>
#include <memory>
#include <vector>

namespace {

constexpr unsigned buffer_count = 1024;
constexpr unsigned buffer_group = 0;
constexpr unsigned file_count = 4096;

// user_data: what the request was, the file, and the buffer that a send still needs.
enum class request : std::uint8_t { accept, receive, send, close };
std::uint64_t pack(request what, unsigned file, unsigned buffer = 0) {
  return static_cast<std::uint64_t>(what) << 56 | std::uint64_t{buffer} << 32 | file;
}

void check(int result, const char* what) {
  if (result < 0) throw std::system_error(-result, std::generic_category(), what);
}

class server {
 public:
  server() : memory_(buffer_count * bench::echo_buffer_size) {
    ::io_uring_params params{};
    params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE;
    params.cq_entries = 8192;
    check(::io_uring_queue_init_params(1024, &ring_, &params), "io_uring_setup");
    check(::io_uring_register_ring_fd(&ring_), "registering the ring");
    check(::io_uring_register_files_sparse(&ring_, file_count), "registering files");
    provide_buffers();
    listener_ = bench::listen_on_loopback(0);
    io_uring_sqe* entry = next_entry();
    ::io_uring_prep_multishot_accept_direct(entry, listener_, nullptr, nullptr, 0);
    entry->user_data = pack(request::accept, 0);
  }

  [[noreturn]] void run() {
    for (;;) {
      const int submitted = ::io_uring_submit_and_wait(&ring_, 1);
      if (submitted != -EINTR) check(submitted, "io_uring_enter");
      unsigned head = 0;
      unsigned count = 0;
      io_uring_cqe* answer = nullptr;
      io_uring_for_each_cqe(&ring_, head, answer) {
        ++count;
        handle(*answer);
      }
      if (returned_ != 0) {
        ::io_uring_buf_ring_advance(buffers_, static_cast<int>(returned_));
        returned_ = 0;
      }
      ::io_uring_cq_advance(&ring_, count);
    }
  }

 private:
  void provide_buffers() {
    void* place = nullptr;
    const std::size_t bytes = buffer_count * sizeof(io_uring_buf);
    if (::posix_memalign(&place, 4096, bytes) != 0) throw std::bad_alloc();
    buffers_ = static_cast<io_uring_buf_ring*>(place);
    ::io_uring_buf_ring_init(buffers_);
    ::io_uring_buf_reg registration{};
    registration.ring_addr = reinterpret_cast<std::uintptr_t>(place);
    registration.ring_entries = buffer_count;
    registration.bgid = buffer_group;
    check(::io_uring_register_buf_ring(&ring_, &registration, 0), "registering buffers");
    for (unsigned buffer = 0; buffer < buffer_count; ++buffer) give_back(buffer);
    ::io_uring_buf_ring_advance(buffers_, static_cast<int>(returned_));
    returned_ = 0;
  }
  [[nodiscard]] char* memory_of(unsigned buffer) {
    return memory_.data() + buffer * bench::echo_buffer_size;
  }
  void give_back(unsigned buffer) {
    ::io_uring_buf_ring_add(buffers_, memory_of(buffer), bench::echo_buffer_size,
                            static_cast<unsigned short>(buffer),
                            ::io_uring_buf_ring_mask(buffer_count), static_cast<int>(returned_));
    ++returned_;
  }
  io_uring_sqe* next_entry() {
    io_uring_sqe* entry = ::io_uring_get_sqe(&ring_);
    while (entry == nullptr) {
      check(::io_uring_submit(&ring_), "io_uring_enter");
      entry = ::io_uring_get_sqe(&ring_);
    }
    return entry;
  }

  void receive(unsigned file) {
    io_uring_sqe* entry = next_entry();
    ::io_uring_prep_recv_multishot(entry, static_cast<int>(file), nullptr, 0, 0);
    entry->flags |= IOSQE_FIXED_FILE | IOSQE_BUFFER_SELECT;
    entry->buf_group = buffer_group;
    entry->user_data = pack(request::receive, file);
  }
  void close(unsigned file) {
    io_uring_sqe* entry = next_entry();
    ::io_uring_prep_close_direct(entry, file);
    entry->user_data = pack(request::close, file);
  }

  void handle(const io_uring_cqe& answer) {
    const auto file = static_cast<unsigned>(answer.user_data);
    switch (static_cast<request>(answer.user_data >> 56)) {
      case request::accept:
        check(answer.res, "accept");
        receive(static_cast<unsigned>(answer.res));
        break;
      case request::receive:
        received(answer, file);
        break;
      case request::send:
        // MSG_WAITALL: the kernel sends all of it or fails.
        give_back(static_cast<unsigned>(answer.user_data >> 32) & 0xFFFF);
        break;
      case request::close:
        break;
    }
  }
  void received(const io_uring_cqe& answer, unsigned file) {
    const bool goes_on = (answer.flags & IORING_CQE_F_MORE) != 0;
    if (answer.res > 0) {
      const unsigned buffer = answer.flags >> IORING_CQE_BUFFER_SHIFT;
      io_uring_sqe* entry = next_entry();
      ::io_uring_prep_send(entry, static_cast<int>(file), memory_of(buffer),
                           static_cast<std::size_t>(answer.res), MSG_WAITALL | MSG_NOSIGNAL);
      entry->flags |= IOSQE_FIXED_FILE;
      entry->user_data = pack(request::send, file, buffer);
      if (!goes_on) receive(file);
    } else if (answer.res == -ENOBUFS) {
      receive(file);
    } else {
      close(file);
    }
  }

  io_uring ring_{};
  io_uring_buf_ring* buffers_ = nullptr;
  std::vector<char> memory_;
  unsigned returned_ = 0;  // buffers given back, but not yet shown to the kernel
  int listener_ = -1;
};

}  // namespace

int main() {
  server().run();
}
