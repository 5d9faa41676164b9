"""The promise itself: a deploy of the four risky kinds to 200,000 rows, with the application at work all the while."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tests.traffic.application import NEW_CODE, OLD_CODE, Application, Reader, WaitWatcher
from tests.waiting import until

ROWS = 200_000
# Wide enough for a machine that does other things as well; a naive ADD COLUMN would wait for the report's end.
BUDGET_MS = 1000

SCHEMA = """
CREATE TABLE account (id serial PRIMARY KEY, email text NOT NULL, nickname text NOT NULL);
CREATE TABLE purchase (id serial PRIMARY KEY, account_id int NOT NULL, total numeric NOT NULL);
CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
INSERT INTO alembic_version VALUES ('1');
INSERT INTO account (email, nickname) SELECT 'a' || n || '@example.org', 'n' FROM generate_series(1, {rows}) n;
INSERT INTO purchase (account_id, total) SELECT n, 1 FROM generate_series(1, {rows}) n;
"""

ENV = """
from alembic import context
from sqlalchemy import create_engine, pool
with create_engine({url!r}, poolclass=pool.NullPool).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""

REVISIONS = {
    "1": "pass",
    "2": """
    op.add_column("account", sa.Column("plan", sa.Text(), nullable=False, server_default="free"))
    op.add_column("account", sa.Column("display_name", sa.Text()))
    op.execute("UPDATE account SET display_name = email")
    op.alter_column("account", "display_name", nullable=False)
    op.create_index("ix_account_email", "account", ["email"])
    op.create_foreign_key("fk_purchase_account", "purchase", "account", ["account_id"], ["id"])
    op.drop_column("account", "nickname")
""",
}


@pytest.fixture
def project(tmp_path: Path, database: str) -> Path:
    url = "postgresql+psycopg" + database.removeprefix("postgresql")
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/migrations\n")
    versions = tmp_path / "migrations" / "versions"
    versions.mkdir(parents=True)
    (tmp_path / "migrations" / "env.py").write_text(ENV.format(url=url))
    for number, (revision, body) in enumerate(REVISIONS.items()):
        parent = repr(str(number)) if number else "None"
        (versions / f"{revision}.py").write_text(
            f"import sqlalchemy as sa\nfrom alembic import op\nrevision = {revision!r}\ndown_revision = {parent}\n"
            f"def upgrade():\n    {body.strip()}\ndef downgrade():\n    pass\n"
        )
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(SCHEMA.format(rows=ROWS).encode())
        connection.execute("VACUUM ANALYZE")
    return tmp_path


def _start(project: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "online_migrate.cli.main", "deploy", "--lock-budget", str(BUDGET_MS), *arguments],
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _finish(process: subprocess.Popen[str]) -> str:
    output, _ = process.communicate(timeout=100)
    assert process.returncode == 0, output
    return output


def _waits_for_the_report(connection: psycopg.Connection) -> Callable[[], bool]:
    """Whether the journal says that a step is being tried: then the report's lock is in its way."""

    def waits() -> bool:
        row = connection.execute("SELECT to_regclass('online_migrate.step') IS NOT NULL").fetchone()
        if row is None or not row[0]:
            return False
        found = connection.execute("SELECT count(*) FROM online_migrate.step WHERE state = 'running'").fetchone()
        return found is not None and found[0] > 0

    return waits


@pytest.mark.timeout(240)
def test_nothing_fails_and_nothing_waits_behind_us_for_longer_than_the_budget(
    project: Path, database: str, connection: psycopg.Connection
) -> None:
    with WaitWatcher(database) as watcher:
        with Application(database, "old", OLD_CODE, ROWS) as old:
            report = Reader(database, "account")
            deploy = _start(project)
            until(_waits_for_the_report(connection), "a step is tried")
            # The report goes on for a while after the first step found it in the way; then it ends.
            waited = sum(old.felt.statements.values())
            until(lambda: sum(old.felt.statements.values()) > waited + 2000, "the application has gone on")
            report.end()
            assert "At the gate" in _finish(deploy)
            with Application(database, "new", NEW_CODE, ROWS) as new:
                both = sum(new.felt.statements.values())
                until(lambda: sum(new.felt.statements.values()) > both + 500, "the application has gone on")
        with Application(database, "latest", NEW_CODE, ROWS) as latest:
            _finish(_start(project, "--phase", "contract"))
    felt = [application.felt for application in (old, new, latest)]
    assert [error for one in felt for error in one.errors] == []
    assert watcher.looks > 100
    assert watcher.longest_s * 1000 <= BUDGET_MS, watcher.worst
    _everything_arrived(connection, sum(f.accounts for f in felt), sum(f.purchases for f in felt))


def _everything_arrived(connection: psycopg.Connection, accounts: int, purchases: int) -> None:
    """The rows that the application was told were committed are there, and the schema is that of the revision."""
    counted = connection.execute("SELECT (SELECT count(*) FROM account), (SELECT count(*) FROM purchase)").fetchone()
    assert counted == (ROWS + accounts, ROWS + purchases)
    wrong = connection.execute("SELECT count(*) FROM account WHERE display_name IS DISTINCT FROM email").fetchone()
    assert wrong == (0,)
    columns = connection.execute(
        "SELECT attname, attnotnull FROM pg_attribute WHERE attrelid = 'account'::regclass AND attnum > 0"
        " AND NOT attisdropped ORDER BY attname"
    ).fetchall()
    assert columns == [("display_name", True), ("email", True), ("id", True), ("plan", True)]
    valid = connection.execute(
        "SELECT (SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_account_email'::regclass),"
        " (SELECT convalidated FROM pg_constraint WHERE conname = 'fk_purchase_account')"
    ).fetchone()
    assert valid == (True, True)
    assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("2",)]
    left = connection.execute("SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'zz_online_migrate%'").fetchone()
    assert left == (0,)
