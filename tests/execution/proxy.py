"""A proxy before the server, and one that cuts a connection in the middle of its COMMIT."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Literal
from urllib.parse import urlsplit

import psycopg

Cut = Literal["before", "after", "late"]
"""COMMIT is lost on the way there, its answer on the way back, or it arrives when the client has gone."""

Address = str | tuple[str, int]
"""A Unix socket, or host and port."""

SESSION = b"online-migrate: step"


class Proxy:
    """Accepts connections on a port of this machine, and opens one to the server for each."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.cuts = 0

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self._listener.getsockname()[1]
        return port

    def serve(self) -> None:
        """Accept until closed."""
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.between(client, connect(self._address))

    def close(self) -> None:
        """Accept no more."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def between(self, client: socket.socket, server: socket.socket) -> None:
        """Begin to pass bytes on; returns at once."""
        raise NotImplementedError


class CommitCutter(Proxy):
    """Passes bytes on, until the first COMMIT of a session that runs a step; that one it cuts."""

    def __init__(self, address: Address, cut: Cut, before_late: Callable[[], None]) -> None:
        super().__init__(address)
        self._cut = cut
        self._before_late = before_late

    def between(self, client: socket.socket, server: socket.socket) -> None:
        """Pass bytes on, each way in a thread."""
        threading.Thread(target=self._there, args=(client, server), daemon=True).start()
        threading.Thread(target=_back, args=(server, client), daemon=True).start()

    def _there(self, client: socket.socket, server: socket.socket) -> None:
        ours = False
        with suppress(OSError), client, server:
            while data := client.recv(65536):
                ours = ours or SESSION in data
                if ours and self.cuts == 0 and b"COMMIT" in data:
                    self.cuts += 1
                    self._cut_here(client, server, data)
                    return
                server.sendall(data)

    def _cut_here(self, client: socket.socket, server: socket.socket, data: bytes) -> None:
        client.shutdown(socket.SHUT_RDWR)
        if self._cut == "late":
            self._before_late()
        if self._cut != "before":
            server.sendall(data)
            # Closed too soon, the server might not read what was sent.
            server.shutdown(socket.SHUT_WR)
            while server.recv(65536):
                pass


def connect(address: Address) -> socket.socket:
    """Open a connection to a server."""
    if isinstance(address, tuple):
        return socket.create_connection(address)
    server = socket.socket(socket.AF_UNIX)
    server.connect(address)
    return server


def address_of(url: str) -> Address:
    """Return where the server of a URL listens."""
    with psycopg.connect(url) as connection:
        host, port = connection.info.host, connection.info.port
    return f"{host}/.s.PGSQL.{port}" if host.startswith("/") else (host, port)


def url_behind(url: str, port: int) -> str:
    """Return the URL of the same database behind a proxy at that port."""
    parts = urlsplit(url)
    role = parts.netloc.rpartition("@")[0] or "postgres"
    return f"postgresql://{role}@127.0.0.1:{port}{parts.path}?gssencmode=disable"


def _back(server: socket.socket, client: socket.socket) -> None:
    with suppress(OSError):
        while data := server.recv(65536):
            client.sendall(data)


@contextmanager
def commit_cutter(url: str, cut: Cut, before_late: Callable[[], None]) -> Iterator[tuple[str, CommitCutter]]:
    """Yield the URL of the same database behind a proxy, and the proxy."""
    proxy = CommitCutter(address_of(url), cut, before_late)
    threading.Thread(target=proxy.serve, daemon=True).start()
    try:
        yield url_behind(url, proxy.port), proxy
    finally:
        proxy.close()
