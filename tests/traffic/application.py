"""An application before and after a release, both checking what they read back; and who waits behind whom."""

import threading
from collections import Counter
from dataclasses import dataclass, field

import psycopg

# Every statement of one version of the application, with how many rows it must return or change.
OLD_CODE = (
    ("SELECT id, email, nickname FROM account WHERE id = %(id)s", 1),
    ("INSERT INTO account (email, nickname) VALUES (%(email)s, 'n') RETURNING id", 1),
    ("UPDATE account SET email = %(email)s WHERE id = %(id)s", 1),
    ("INSERT INTO purchase (account_id, total) VALUES (%(id)s, 5) RETURNING id", 1),
    ("SELECT count(*) FROM account WHERE id BETWEEN %(id)s AND %(id)s + 5 AND nickname IS NOT NULL", 1),
)
NEW_CODE = (
    ("SELECT id, email, plan, display_name FROM account WHERE id = %(id)s AND display_name IS NOT NULL", 1),
    ("INSERT INTO account (email, plan, display_name) VALUES (%(email)s, 'free', %(email)s) RETURNING id", 1),
    ("UPDATE account SET email = %(email)s, display_name = %(email)s WHERE id = %(id)s", 1),
    ("INSERT INTO purchase (account_id, total) VALUES (%(id)s, 5) RETURNING id", 1),
    ("SELECT count(*) FROM account WHERE email = %(email)s", 1),
)


@dataclass(slots=True)
class Felt:
    """What the application felt, and what it was told had been committed."""

    statements: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    accounts: int = 0
    purchases: int = 0


class Application:
    """One version of the application: a thread that runs its statements, one after the other, until told to stop."""

    def __init__(self, url: str, name: str, statements: tuple[tuple[str, int], ...], rows: int) -> None:
        self.felt = Felt()
        self._url, self._name, self._statements, self._rows = url, name, statements, rows
        self._stop = threading.Event()
        self._warm = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Application":
        self._thread.start()
        self._warm.wait(30)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        number = 0
        with psycopg.connect(self._url, autocommit=True, application_name=self._name) as connection:
            while not self._stop.is_set():
                number += 1
                statement, wanted = self._statements[number % len(self._statements)]
                values = {"id": number * 7919 % self._rows + 1, "email": f"{self._name}{number}@example.org"}
                try:
                    cursor = connection.execute(statement, values)
                except psycopg.Error as error:
                    self.felt.errors.append(f"{statement}: {error}")
                    continue
                if cursor.rowcount != wanted:
                    self.felt.errors.append(f"{statement}: {cursor.rowcount} rows, not {wanted}")
                self.felt.statements[statement] += 1
                self.felt.accounts += statement.startswith("INSERT INTO account")
                self.felt.purchases += statement.startswith("INSERT INTO purchase")
                if number > 2 * len(self._statements):
                    self._warm.set()


class WaitWatcher:
    """Looks, as often as it can, for sessions that wait for a lock behind a session of ours; keeps the longest wait."""

    def __init__(self, url: str) -> None:
        self.longest_s = 0.0
        self.worst = ""
        self.looks = 0
        self._url = url
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "WaitWatcher":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        with psycopg.connect(self._url, autocommit=True, application_name="watcher") as connection:
            while not self._stop.is_set():
                row = connection.execute(
                    """
                    SELECT extract(epoch FROM clock_timestamp() - l.waitstart), a.query
                    FROM pg_locks l JOIN pg_stat_activity a USING (pid)
                    WHERE NOT l.granted AND a.application_name NOT LIKE 'online-migrate%' AND EXISTS (
                        SELECT FROM pg_stat_activity b
                        WHERE b.pid = ANY (pg_blocking_pids(l.pid)) AND b.application_name LIKE 'online-migrate%')
                    ORDER BY 1 DESC NULLS LAST LIMIT 1
                    """
                ).fetchone()
                self.looks += 1
                if row is not None and row[0] is not None and float(row[0]) > self.longest_s:
                    self.longest_s, self.worst = float(row[0]), row[1]


class Reader:
    """A report: a transaction that has read a table and stays open, as long as the test wants it."""

    def __init__(self, url: str, table: str) -> None:
        self._connection = psycopg.connect(url, application_name="report")
        self._connection.execute(f"SELECT FROM {table} LIMIT 1")

    def end(self) -> None:
        """End the transaction."""
        self._connection.close()
