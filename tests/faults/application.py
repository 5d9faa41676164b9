"""The application at work: writers that keep a ledger of what they were told was committed."""

import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

from tests.faults.project import LIVELY

WRITERS = 2
STEP = 1_000_000
"""What the application adds to a counter: the migration adds 1."""
PAUSE_S = 0.004
AGAIN_S = 0.05

Account = tuple[str, str, int]
"""Email, nick (handle after the release) and level."""

_OLD = {
    "insert": "INSERT INTO account (id, email, nick, level) VALUES (%(id)s, %(email)s, %(nick)s, %(level)s)",
    "update": "UPDATE account SET email = %(email)s, nick = %(nick)s, level = %(level)s WHERE id = %(id)s",
    "read": "SELECT email, nick, level FROM account WHERE id = %(id)s",
}
_NEW = {
    "insert": "INSERT INTO account (id, email, handle, level, display)"
    " VALUES (%(id)s, %(email)s, %(nick)s, %(level)s, %(email)s)",
    "update": "UPDATE account SET email = %(email)s, handle = %(nick)s, level = %(level)s, display = %(email)s"
    " WHERE id = %(id)s",
    "read": "SELECT email, handle, level FROM account WHERE id = %(id)s",
}


@dataclass(slots=True)
class Ledger:
    """What one writer was told: rows as they are now, None for those that it deleted."""

    accounts: dict[int, Account | None] = field(default_factory=dict)
    purchases: dict[int, int] = field(default_factory=dict)
    counters: dict[int, int] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    writes: int = 0


class Writer:
    """One thread of the application; no other writes its rows, so that it knows what each must be.

    A write without an answer is looked up before the next, as an application would.
    """

    def __init__(self, url: str, number: int, chance: random.Random) -> None:
        self.ledger = Ledger()
        self._url = url
        self._number = number
        self._chance = chance
        self._connection: psycopg.Connection | None = None
        self._statements = _OLD
        self._between = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"application {number}")
        self._last_id = (number + 1) * STEP

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def release(self) -> None:
        """Be the new code from the next statement on; returns when no old statement runs any more."""
        with self._between:
            self._statements = _NEW

    def move(self, url: str) -> None:
        """Connect there from the next time on."""
        self._url = url

    def end(self) -> None:
        """Finish the write under way, and no more."""
        self._ended.set()
        self._thread.join()
        if self._connection is not None:
            self._connection.close()

    def _run(self) -> None:
        writes = (self._insert, self._update, self._update, self._delete, self._count, self._buy)
        while not self._ended.wait(PAUSE_S):
            with self._between:
                try:
                    self._chance.choice(writes)()
                    self.ledger.writes += 1
                except psycopg.Error as error:
                    self.ledger.errors.append(f"{type(error).__name__}: {error}")
                    self._ended.wait(AGAIN_S)

    def _insert(self) -> None:
        self._last_id += 1
        self._write_account(self._last_id, "insert", self._new_values())

    def _update(self) -> None:
        number = self._chance.randrange(self._number, LIVELY, WRITERS) + 1
        self._write_account(number, "update", self._new_values())

    def _delete(self) -> None:
        """Delete a row of its own that nothing refers to."""
        alive = [number for number, account in self.ledger.accounts.items() if account and number > STEP]
        if not alive:
            return
        number = self._chance.choice(alive)
        if self._committed("DELETE FROM account WHERE id = %(id)s", {"id": number}):
            self.ledger.accounts[number] = None
        else:
            self._look_at_account(number)

    def _count(self) -> None:
        number = self._chance.randrange(self._number, LIVELY, WRITERS) + 1
        if self._committed("UPDATE counter SET n = n + %(step)s WHERE id = %(id)s", {"step": STEP, "id": number}):
            self.ledger.counters[number] = self.ledger.counters.get(number, 0) + 1
        else:
            (n,) = self._look("SELECT n / %(step)s FROM counter WHERE id = %(id)s", {"step": STEP, "id": number}) or (
                0,
            )
            self.ledger.counters[number] = int(n)

    def _buy(self) -> None:
        self._last_id += 1
        number, account = self._last_id, self._chance.randrange(LIVELY) + 1
        values = {"id": number, "account": account}
        if (
            self._committed("INSERT INTO purchase VALUES (%(id)s, %(account)s, 1)", values)
            or self._look("SELECT FROM purchase WHERE id = %(id)s", values) is not None
        ):
            self.ledger.purchases[number] = account

    def _new_values(self) -> Account:
        value = self._chance.randrange(STEP)
        return f"w{value}@example.org", f"w{value}", value

    def _write_account(self, number: int, statement: str, account: Account) -> None:
        email, nick, level = account
        values = {"id": number, "email": email, "nick": nick, "level": level}
        if self._committed(self._statements[statement], values):
            self.ledger.accounts[number] = account
        else:
            self._look_at_account(number)

    def _look_at_account(self, number: int) -> None:
        found = self._look(self._statements["read"], {"id": number})
        self.ledger.accounts[number] = (found[0], found[1], found[2]) if found else None

    def _committed(self, statement: str, values: Mapping[str, object]) -> bool:
        """Write, and return whether the server said that it is committed; False: it said nothing, or refused."""
        try:
            changed = self._connected().execute(statement.encode(), values).rowcount
        except psycopg.OperationalError:
            return False
        if changed != 1:
            self.ledger.errors.append(f"{statement}: {changed} rows")
        return True

    def _look(self, statement: str, values: Mapping[str, object]) -> tuple[Any, ...] | None:
        """Read a row, for as long as it takes until the server answers."""
        while True:
            try:
                return self._connected().execute(statement.encode(), values).fetchone()
            except psycopg.OperationalError:
                self._ended.wait(AGAIN_S)

    def _connected(self) -> psycopg.Connection:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(
                self._url, autocommit=True, prepare_threshold=None, application_name="application", connect_timeout=5
            )
        return self._connection


def replay(ledger: Ledger, connection: psycopg.Connection) -> None:
    """Do at once, to a database that was migrated without faults, what the writer was told was committed."""
    gone = [number for number, account in ledger.accounts.items() if account is None]
    kept = [(number, *account) for number, account in ledger.accounts.items() if account is not None]
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM account WHERE id = ANY (%s)", (gone,))
        cursor.executemany(
            "INSERT INTO account (id, email, handle, level, display) VALUES (%s, %s, %s, %s, %s) ON CONFLICT (id)"
            " DO UPDATE SET (email, handle, level, display) ="
            " (excluded.email, excluded.handle, excluded.level, excluded.display)",
            [(number, email, nick, level, email) for number, email, nick, level in kept],
        )
        cursor.executemany("INSERT INTO purchase VALUES (%s, %s, 1)", list(ledger.purchases.items()))
        cursor.executemany(
            sql.SQL("UPDATE counter SET n = n + %s * {} WHERE id = %s").format(sql.Literal(STEP)),
            [(times, number) for number, times in ledger.counters.items()],
        )
