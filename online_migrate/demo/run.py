"""The main job before your eyes: one risky revision, run online and run naively, under the same traffic."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.resources import as_file, files
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from rich.console import Console
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from online_migrate.clock import Clock
from online_migrate.demo.traffic import REQUESTS_PER_SECOND, Felt, Traffic
from online_migrate.embedded import Server
from online_migrate.errors import OnlineMigrateError
from online_migrate.reports.words import seconds

_CALM_S = 2.0
_SLOW_S = 0.15
_ONLINE, _NAIVE = "shop_online", "shop_naive"
_FILL = """
    INSERT INTO "user" (first_name, last_name, email, legacy_code)
    SELECT 'First' || n, 'Last' || n, 'user' || n || '@example.org', md5(n::text)::varchar(20)
    FROM generate_series(1, %(rows)s) n;
    INSERT INTO orders (user_id, total) SELECT n, n %% 100 FROM generate_series(1, %(rows)s) n;
"""


class DemoFailed(OnlineMigrateError):
    """A command of the demonstration did not end well."""


def run(console: Console, clock: Clock, rows: int) -> None:
    """Run the demonstration on an embedded server that is gone afterwards.

    Args:
        rows: users, and as many orders, in the shop.

    Raises:
        EmbeddedServerMissing: the extra `embedded` is not installed.
        DemoFailed: a command ended with an error; its own message was printed.
    """
    with TemporaryDirectory(prefix="online-migrate-demo-") as directory, Server.start() as server:
        project = Path(directory) / "shop"
        with as_file(files("online_migrate.demo") / "project") as source:
            shutil.copytree(source, project, ignore=shutil.ignore_patterns("__pycache__"))
        _say(console, f"A shop with {rows:,} users and as many orders, on PostgreSQL of its own.")
        online_url = server.create_database(_ONLINE)
        _shell(console, project, online_url, ["flask", "db", "upgrade", "0001_shop"], shown=False)
        with psycopg.connect(online_url, autocommit=True) as connection:
            psycopg.ClientCursor(connection).execute(_FILL, {"rows": rows})
            connection.execute("VACUUM ANALYZE")
        naive_url = server.create_database(_NAIVE, template=_ONLINE)

        _say(console, "What the next revision would do, if it were run as it is:")
        _shell(console, project, online_url, ["online-migrate", "plan"])
        _say(console, f"Online, under {REQUESTS_PER_SECOND} requests per second of the old release:")
        online = _online(console, clock, project, online_url, rows)
        _say(console, "The same revision with `flask db upgrade`, under the same traffic:")
        naive = _naive(console, clock, project, naive_url, rows)
        console.print(_comparison({"online-migrate deploy": online, "flask db upgrade": naive}))


def _online(console: Console, clock: Clock, project: Path, url: str, rows: int) -> Felt:
    with Traffic(url, rows, clock) as traffic:
        clock.sleep(_CALM_S)
        _shell(console, project, url, ["online-migrate", "deploy"])
        _say(console, "The new release goes out; the old one is gone. Then:")
        traffic.release_new_code()
        clock.sleep(_CALM_S)
        _shell(console, project, url, ["online-migrate", "deploy", "--phase", "contract"])
        clock.sleep(_CALM_S)
    return traffic.felt


def _naive(console: Console, clock: Clock, project: Path, url: str, rows: int) -> Felt:
    with Traffic(url, rows, clock) as traffic:
        clock.sleep(_CALM_S)
        _shell(console, project, url, ["flask", "db", "upgrade"])
        traffic.release_new_code()
        clock.sleep(2 * _CALM_S)
    return traffic.felt


def _say(console: Console, words: str) -> None:
    console.print()
    console.print(Rule(Text(words, style="bold"), align="left"))


def _shell(console: Console, project: Path, url: str, command: Sequence[str], *, shown: bool = True) -> None:
    """Run a command as a person would in the project's folder, its output going straight to the terminal."""
    if shown:
        console.print(Text(f"$ {' '.join(command)}", style="bold green"))
    program = {"flask": ["-m", "flask"], "online-migrate": ["-m", "online_migrate.cli.main"]}[command[0]]
    done = subprocess.run(
        [sys.executable, *program, *command[1:]],
        cwd=project,
        env=_environment(url),
        check=False,
        capture_output=not shown,
    )
    if done.returncode:
        raise DemoFailed(f"`{' '.join(command)}` ended with status {done.returncode}.", hint="See its message above.")


def _environment(url: str) -> Mapping[str, str]:
    sqlalchemy_url = "postgresql+psycopg" + url.removeprefix("postgresql")
    return {**os.environ, "FLASK_APP": "shop.py", "SHOP_DATABASE_URL": sqlalchemy_url}


def _comparison(runs: Mapping[str, Felt]) -> Table:
    table = Table(title="What the traffic felt", title_justify="left", title_style="bold")
    table.add_column("")
    for name in runs:
        table.add_column(name, justify="right", max_width=26)
    table.add_row("requests", *(f"{len(felt.latencies):,}" for felt in runs.values()))
    table.add_row("slowest request", *(seconds(felt.slowest) for felt in runs.values()))
    table.add_row(f"slower than {seconds(_SLOW_S)}", *(f"{felt.over(_SLOW_S):,}" for felt in runs.values()))
    table.add_row("errors", *(f"{len(felt.errors):,}" for felt in runs.values()))
    table.add_row("most frequent error", *(felt.most_frequent_error for felt in runs.values()))
    return table
