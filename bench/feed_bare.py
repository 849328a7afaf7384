"""The floor of the low rates: the same connections, and one `send` of a ready frame on each, by hand.

    python -m bench.feed_bare PORT CONTROL      (for `feed_peers.started`)

No library, no loop that is told of each write, no topics, nobody heard or pinged: what is left is the kernel's, which
delivers to the other end of a loopback connection inside the sender's call.  It is no server: one client that reads too
slowly ends it.
"""

from __future__ import annotations

import selectors
import socket
import sys
from collections.abc import Callable
from functools import partial

from websockets.utils import accept_key

from bench.feed_peers import Published

_TEXT, _LONG = 0x81, 126
_MOST_READ = 65_536
_BACKLOG = 1024
_HEAD = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"


class Bare:
    """Everybody's sockets, and what is published to all of them."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._sends: list[Callable[[bytes], int]] = []

    def listen(self, port: int, met: Callable[[socket.socket], None]) -> None:
        """Each who connects there is made known."""
        listening = socket.create_server(("127.0.0.1", port), backlog=_BACKLOG)
        self._selector.register(listening, selectors.EVENT_READ, lambda: met(listening.accept()[0]))

    def run(self) -> None:
        """For ever."""
        while True:
            for key, _ in self._selector.select():
                key.data()

    def greet(self, one: socket.socket) -> None:
        """Somebody who wants a websocket, once the request has been read."""
        self._selector.register(one, selectors.EVENT_READ, partial(self._join, one))

    def obey(self, one: socket.socket) -> None:
        """The publisher."""
        self._selector.register(one, selectors.EVENT_READ, partial(self._read, one, Published(self._tell)))

    def _join(self, one: socket.socket) -> None:
        asked = one.recv(_MOST_READ).decode()
        self._selector.unregister(one)
        if not asked:
            one.close()
            return
        key = asked.partition("Sec-WebSocket-Key: ")[2].partition("\r\n")[0]
        one.sendall(f"{_HEAD}Sec-WebSocket-Accept: {accept_key(key)}\r\n\r\n".encode())
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        one.setblocking(False)
        self._sends.append(one.send)

    def _read(self, one: socket.socket, published: Published) -> None:
        told = one.recv(_MOST_READ)
        if told:
            published.data_received(told)
        else:
            self._selector.unregister(one)
            one.close()

    def _tell(self, _topic: str, payload: bytes) -> None:
        frame = bytes((_TEXT, _LONG)) + len(payload).to_bytes(2) + payload
        length = len(frame)
        for send in self._sends:
            if send(frame) != length:
                raise BlockingIOError("somebody reads too slowly")


def main() -> None:
    """Serve until killed."""
    port, control = map(int, sys.argv[1:])
    bare = Bare()
    bare.listen(port, bare.greet)
    bare.listen(control, bare.obey)
    bare.run()


if __name__ == "__main__":
    main()
