"""The project that is deployed: its database before, its plan, and its end without any fault."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import psycopg

from online_migrate.embedded import Server
from online_migrate.plan.model import Plan
from online_migrate.plan.serialise import from_json

DIRECTORY = Path(__file__).with_name("shop")
LIVELY = 2900
"""Up to this id the application changes the accounts and counters that are there at first; it leaves the others."""
HELD = 2950
"""One of the others."""
SEED, REFERENCE = "seed", "reference"


def environment(url: str) -> Mapping[str, str]:
    """Return the environment in which the project connects there."""
    return {**os.environ, "SHOP_URL": url.replace("postgresql://", "postgresql+psycopg://", 1)}


def prepare(server: Server) -> Plan:
    """Make the databases that the others are copied from: before, and after an upgrade by plain Alembic."""
    with psycopg.connect(server.create_database(SEED), autocommit=True) as connection:
        connection.execute((DIRECTORY / "seed.sql").read_bytes())
        connection.execute("VACUUM ANALYZE")
    url = server.create_database(REFERENCE, template=SEED)
    _run("alembic", "upgrade", "head", url=url)
    words = ("online_migrate.cli.main", "plan", "--small-tables-online", "--format", "json")
    return from_json(_run(*words, url=server.url(SEED)))


def _run(module: str, *arguments: str, url: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=DIRECTORY,
        env=environment(url),
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
