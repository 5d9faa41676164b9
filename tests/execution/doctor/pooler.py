"""A pooler before the server: in transaction mode the sessions of the server go round among the clients."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Literal
from urllib.parse import urlsplit

import psycopg

Mode = Literal["session", "transaction"]

ENCRYPTION_REQUESTS = (80877103, 80877104)
KEY_OF_ITS_OWN = b"K" + struct.pack("!iii", 12, 4242, 4242)
ENDS_A_REQUEST = b"QSF"
READY = b"Z"
IDLE = b"I"


class Pooler:
    """Speaks enough of the protocol to know where a transaction ends. Gives every client a process id of its own."""

    def __init__(self, address: str, mode: Mode) -> None:
        self._address = address
        self._mode = mode
        self._servers: list[socket.socket] = []
        self._free: list[socket.socket] = []
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    def serve(self) -> None:
        """Accept until closed."""
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._client, args=(client,), daemon=True).start()

    def close(self) -> None:
        """Accept no more, and leave the server."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for server in self._servers:
            server.close()

    def _client(self, client: socket.socket) -> None:
        with suppress(OSError, EOFError), client:
            server: socket.socket | None = self._greet(client)
            while (message := _message(client))[:1] != b"X":
                server = server or self._take()
                server.sendall(message)
                if message[:1] in ENDS_A_REQUEST and _pass_answers(server, client) == IDLE:
                    server = self._put(server)

    def _greet(self, client: socket.socket) -> socket.socket | None:
        """Log in at the server as the client would; the server's session is then anybody's."""
        while True:
            size = _exactly(client, 4)
            start = size + _exactly(client, struct.unpack("!i", size)[0] - 4)
            if struct.unpack("!i", start[4:8])[0] not in ENCRYPTION_REQUESTS:
                break
            client.sendall(b"N")
        server = socket.socket(socket.AF_UNIX)
        self._servers.append(server)
        server.connect(self._address)
        server.sendall(start)
        while (message := _message(server))[:1] != READY:
            client.sendall(KEY_OF_ITS_OWN if message[:1] == b"K" else message)
        client.sendall(message)
        return self._put(server)

    def _take(self) -> socket.socket:
        with self._lock:
            return self._free.pop()

    def _put(self, server: socket.socket) -> socket.socket | None:
        """Give the session back, which in session mode stays with its client."""
        if self._mode == "session":
            return server
        with self._lock:
            self._free.append(server)
        return None


def _pass_answers(server: socket.socket, client: socket.socket) -> bytes:
    """Pass answers on until the server is ready, and return whether it is in a transaction."""
    while True:
        message = _message(server)
        client.sendall(message)
        if message[:1] == READY:
            return message[5:6]


def _message(peer: socket.socket) -> bytes:
    head = _exactly(peer, 5)
    return head + _exactly(peer, struct.unpack("!i", head[1:])[0] - 4)


def _exactly(peer: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = peer.recv(count - len(data))
        if not more:
            raise EOFError
        data += more
    return data


@contextmanager
def pooled(url: str, mode: Mode) -> Iterator[str]:
    """Yield the URL of the same database behind a pooler."""
    with psycopg.connect(url) as connection:
        address = f"{connection.info.host}/.s.PGSQL.{connection.info.port}"
    pooler = Pooler(address, mode)
    threading.Thread(target=pooler.serve, daemon=True).start()
    try:
        yield f"postgresql://postgres@127.0.0.1:{pooler.port}{urlsplit(url).path}?gssencmode=disable"
    finally:
        pooler.close()
