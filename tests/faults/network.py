"""Connections that are cut: a proxy lets a random number of bytes pass, to and fro, and then no more."""

import random
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.execution.proxy import Address, Proxy, address_of, url_behind
from tests.faults.model import Fault, Tally
from tests.faults.stand import Stand, pause

CUT_SHARE = 0.25
"""Of connections. Were all of them cut, nothing would ever get through."""
BYTES = 12_000
LOOK_S = 0.05


class Cutter(Proxy):
    """Passes bytes on, and cuts some of the connections in the middle of whatever passes."""

    def __init__(self, address: Address, chance: random.Random) -> None:
        super().__init__(address)
        self._chance = chance
        self.cutting = True

    def between(self, client: socket.socket, server: socket.socket) -> None:
        """Pass bytes on, all of them or a random number."""
        cut = self.cutting and self._chance.random() < CUT_SHARE
        left = [int(self._chance.expovariate(1 / BYTES)) + 1] if cut else None
        threading.Thread(target=self._pass_both_ways, args=(client, server, left), daemon=True).start()

    def _pass_both_ways(self, client: socket.socket, server: socket.socket, left: list[int] | None) -> None:
        with client, server:
            back = threading.Thread(target=self._pass, args=(server, client, left), daemon=True)
            back.start()
            self._pass(client, server, left)
            back.join()

    def _pass(self, source: socket.socket, sink: socket.socket, left: list[int] | None) -> None:
        """Pass bytes on to their end; `left` is how many of both directions together may pass."""
        with suppress(OSError):
            while data := source.recv(65536):
                passing = data if left is None else data[: left[0]]
                sink.sendall(passing)
                if left is not None:
                    left[0] -= len(passing)
                    if left[0] <= 0:
                        self.cuts += 1
                        break
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def cutter(url: str, chance: random.Random) -> Iterator[tuple[str, Cutter]]:
    """Yield the URL of the same database behind a proxy that cuts, and the proxy."""
    proxy = Cutter(address_of(url), chance)
    thread = threading.Thread(target=proxy.serve, daemon=True)
    thread.start()
    try:
        yield url_behind(url, proxy.port), proxy
    finally:
        proxy.close()
        thread.join()


def cut(stand: Stand, times: int, chance: random.Random) -> Tally:
    """Deploy through the proxy, while the application has a way of its own."""
    tally = Tally()
    while tally.times < times:
        with stand.shop(chance, tally) as shop, cutter(shop.url, chance) as (url, proxy):
            shop.order["url"] = url
            seen = 0

            def strike(_: object, proxy: Cutter = proxy) -> int:
                nonlocal seen
                pause(LOOK_S)
                new, seen = proxy.cuts - seen, proxy.cuts
                proxy.cutting = tally.times + new < times
                return new

            shop.endure(times, strike)
    return tally


FAULTS = (Fault(name="cut", what="connection cut at a random byte", times=60, few=4, strike=cut),)
