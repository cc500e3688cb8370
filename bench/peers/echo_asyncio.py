# SPDX-License-Identifier: MIT
"""Echo on asyncio's callbacks (Protocol), by its own loop, or by uvloop where ECHO_LOOP says so."""
import asyncio
import os
import socket


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def data_received(self, data):
        self.transport.write(data)


async def main():
    server = await asyncio.get_running_loop().create_server(Echo, "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if os.environ.get("ECHO_LOOP") == "uvloop":
    import uvloop

    uvloop.install()
asyncio.run(main())
