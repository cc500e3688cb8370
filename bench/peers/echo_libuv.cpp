// SPDX-License-Identifier: MIT
// Echo on libuv: one thread, one buffer for all; what the socket does not take at once waits with
// reading stopped.
#include "bench/support/echo_socket.hpp"

#include <cstdlib>
#include <uv.h>
#include <vector>

namespace {

std::vector<char> shared_buffer(bench::echo_buffer_size);

struct session {
  ::uv_tcp_t socket{};
  ::uv_write_t writing{};
  std::vector<char> unsent;

  ::uv_stream_t* stream() noexcept { return reinterpret_cast<::uv_stream_t*>(&socket); }
};
session& of(::uv_handle_t* handle) {
  return *static_cast<session*>(handle->data);
}

void close(session& s) {
  ::uv_close(reinterpret_cast<::uv_handle_t*>(&s.socket),
             [](::uv_handle_t* handle) { delete &of(handle); });
}

void give_buffer(::uv_handle_t*, std::size_t, ::uv_buf_t* buffer) {
  *buffer = ::uv_buf_init(shared_buffer.data(), static_cast<unsigned>(shared_buffer.size()));
}

void read(session& s);

void echo(::uv_stream_t* stream, ::ssize_t count, const ::uv_buf_t* buffer) {
  session& s = of(reinterpret_cast<::uv_handle_t*>(stream));
  if (count < 0) return close(s);
  ::uv_buf_t answer = ::uv_buf_init(buffer->base, static_cast<unsigned>(count));
  const int sent = ::uv_try_write(stream, &answer, 1);
  if (sent == count) return;
  if (sent < 0 && sent != UV_EAGAIN) return close(s);
  // Rare: what the peer has no room for waits, and reading waits with it.
  s.unsent.assign(buffer->base + (sent < 0 ? 0 : sent), buffer->base + count);
  ::uv_buf_t left = ::uv_buf_init(s.unsent.data(), static_cast<unsigned>(s.unsent.size()));
  ::uv_read_stop(stream);
  s.writing.data = &s;
  ::uv_write(&s.writing, stream, &left, 1, [](::uv_write_t* done, int status) {
    session& writer = *static_cast<session*>(done->data);
    if (status == 0) {
      read(writer);
    } else if (status != UV_ECANCELED) {
      close(writer);
    }
  });
}

void read(session& s) {
  ::uv_read_start(s.stream(), give_buffer, echo);
}

void accept(::uv_stream_t* listener, int status) {
  if (status < 0) return;
  auto* s = new session;
  s->socket.data = s;
  ::uv_tcp_init(listener->loop, &s->socket);
  if (::uv_accept(listener, s->stream()) != 0) return close(*s);
  ::uv_tcp_nodelay(&s->socket, 1);
  read(*s);
}

}  // namespace

int main() {
  ::uv_loop_t* loop = ::uv_default_loop();
  ::uv_tcp_t listener{};
  ::uv_tcp_init(loop, &listener);
  if (::uv_tcp_open(&listener, bench::listen_on_loopback(SOCK_NONBLOCK)) != 0) return 1;
  if (::uv_listen(reinterpret_cast<::uv_stream_t*>(&listener), 4096, accept) != 0) return 1;
  return ::uv_run(loop, UV_RUN_DEFAULT);
}
