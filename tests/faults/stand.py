"""Where faults happen: a server, fresh databases with the application at work, and a look at what came of it."""

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

import psycopg
from psycopg import sql

from online_migrate.embedded import THROWAWAY, Server
from online_migrate.plan.model import PhaseName, Plan
from online_migrate.plan.serialise import to_json
from tests import compare
from tests.faults import project
from tests.faults.application import WRITERS, Writer, replay
from tests.faults.deploying import BEFORE_GATE, Deploying, Ended, Order
from tests.faults.model import Tally
from tests.waiting import until

SETTINGS = {**THROWAWAY, "synchronous_commit": "on", "max_connections": "60"}
CONTRACT = (PhaseName.CONTRACT,)
RUNS = 8
"""How often a deploy that says "run it again" is, before that counts as needing a person."""
SHOWN = 3
_numbers = count(1)


def pause(seconds: float) -> None:
    """Let time pass; not to wait for anything: it only spreads faults over all moments."""
    threading.Event().wait(seconds)


class Stand:
    """A server with the project's databases; others are made where a fault needs one of its own."""

    def __init__(self, server: Server, plan: Plan) -> None:
        self.server = server
        self.plan = plan

    @contextmanager
    def shop(
        self, chance: random.Random, tally: Tally, *, tablespace: str = "pg_default", **order: object
    ) -> Iterator["Shop"]:
        """Yield a fresh database with the application at work; judge it at the end, once it is through the gate."""
        name = f"shop_{next(_numbers)}"
        url = self.copy(project.SEED, name, tablespace)
        shop = Shop(stand=self, name=name, url=url, chance=chance, tally=tally, order=order)
        shop.open()
        try:
            yield shop
        finally:
            shop.close()
        shop.judge()
        shop.stand.server.drop_database(name)

    def copy(self, template: str, name: str, tablespace: str = "pg_default") -> str:
        """Make a copy of a database and return its URL."""
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} TABLESPACE {}")
        with psycopg.connect(self.server.url(), autocommit=True) as connection:
            connection.execute(statement.format(*map(sql.Identifier, (name, template, tablespace))))
        return self.server.url(name)


@dataclass(slots=True, kw_only=True)
class Shop:
    """One database on its way through a deploy.

    Attributes:
        order: fields of the orders of its deploys.
    """

    stand: Stand
    name: str
    url: str
    chance: random.Random
    tally: Tally
    order: dict[str, object] = field(default_factory=dict)
    released: bool = False
    _writers: list[Writer] = field(default_factory=list)

    def open(self) -> None:
        """Let the application begin; return once it is at work."""
        for number in range(WRITERS):
            writer = Writer(self.url, number, random.Random(self.chance.random()))
            self._writers.append(writer)
            writer.start()
        until(lambda: all(writer.ledger.writes for writer in self._writers), "the application is at work")

    def close(self) -> None:
        """Let the application finish."""
        for writer in self._writers:
            writer.end()

    @property
    def writes(self) -> int:
        """How often the application has written."""
        return sum(writer.ledger.writes for writer in self._writers)

    def deploying(self, **changes: object) -> Deploying:
        """Start a deploy up to the gate; once the new code is released, of the contract phase."""
        phases = CONTRACT if self.released else BEFORE_GATE
        plan = None if self.released else to_json(self.stand.plan)
        fields = {"url": self.url, "plan": plan, "phases": phases, **self.order, **changes}
        return Deploying(Order(**fields))  # type: ignore[arg-type]

    def move(self, url: str) -> None:
        """Give the application and the deploys another address of the same database."""
        self.url = url
        for writer in self._writers:
            writer.move(url)

    def release(self) -> None:
        """Deploy the new code of the application, at the gate."""
        for writer in self._writers:
            writer.release()
        self.released = True

    def run(self, **changes: object) -> Ended:
        """Deploy to the end of the phases."""
        with self.deploying(**changes) as deploying:
            ended = deploying.wait()
        self.note(ended)
        return ended

    def note(self, ended: Ended) -> None:
        """Count an end that needs a person."""
        if not ended.is_resumable:
            self.tally.person += 1
            self.tell(f"ended with {ended.status}: {ended.said}")

    def tell(self, words: str) -> None:
        """Keep a few words of what went wrong."""
        if len(self.tally.said) < SHOWN:
            self.tally.said.append(f"{self.name}: {words}")

    def finish(self) -> None:
        """Run what is left of both halves, again wherever the command says so."""
        if not self.released:
            self._to_the_end_of_the_phases()
            self.release()
        self._to_the_end_of_the_phases()

    def endure(self, times: int, strike: Callable[[Deploying], int]) -> None:
        """Deploy both halves, again wherever the command says so, and be struck all the while, up to so many times.

        Args:
            strike: called again and again while a deploy runs; returns how many faults it made.
        """
        while self.tally.times < times:
            with self.deploying() as deploying:
                while not deploying.is_over and self.tally.times < times:
                    self.tally.times += strike(deploying)
                ended = deploying.wait()
            self.note(ended)
            if ended.status == 0:
                if self.released:
                    break
                self.release()
        self.finish()

    def _to_the_end_of_the_phases(self) -> None:
        for _ in range(RUNS):
            ended = self.run()
            if ended.status == 0:
                return
        self.tally.person += 1
        self.tell(f"not through after {RUNS} runs")

    def judge(self) -> None:
        """Compare with an upgrade by plain Alembic to which the same is done that the writers were told of."""
        name = f"{self.name}_expected"
        expected = self.stand.copy(project.REFERENCE, name)
        with (
            psycopg.connect(expected, autocommit=True) as reference,
            psycopg.connect(self.url, autocommit=True) as shop,
        ):
            for writer in self._writers:
                replay(writer.ledger, reference)
            schema = compare.differences(compare.schema(reference), compare.schema(shop))
            if schema:
                self.tally.wrong += 1
                self.tell("; ".join(schema[:4]))
            self.tally.lost += self._wrong_rows(reference, shop)
        self.stand.server.drop_database(name)
        for error in (error for writer in self._writers for error in writer.ledger.errors):
            self.tell(f"the application met {error}")

    def _wrong_rows(self, reference: psycopg.Connection, shop: psycopg.Connection) -> int:
        """Return how many rows of all tables are in only one of them."""
        there, here = compare.rows(reference), compare.rows(shop)
        wrong = 0
        for table in sorted(there.keys() | here.keys()):
            if there.get(table) != here.get(table):
                examples = list(compare.examples(reference, shop, table))
                wrong += max(1, len(examples))
                self.tell("; ".join(examples[:4]))
        return wrong


@contextmanager
def stand() -> Iterator[Stand]:
    """Yield a stand on a server of its own."""
    with Server.start(settings=SETTINGS) as server:
        yield Stand(server, project.prepare(server))
