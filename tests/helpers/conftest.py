"""The same revisions run in each of the ways that people run migrations."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from textwrap import dedent, indent

import psycopg
import pytest
from alembic import command
from alembic.config import Config

from online_migrate.grammar.parse import split_script
from tests.cli.conftest import Run, run

__all__ = ["run"]

ENV = """
    from alembic import context
    from sqlalchemy import MetaData, create_engine, pool

    if context.is_offline_mode():
        context.configure(url={url!r}, literal_binds=True, target_metadata=MetaData())
        with context.begin_transaction():
            context.run_migrations()
    else:
        engine = create_engine({url!r}, poolclass=pool.NullPool)
        with engine.connect() as connection:
            context.configure(connection=connection, target_metadata=MetaData(), {options})
            with context.begin_transaction():
                context.run_migrations()
"""

ASYNC = """
    import asyncio
    from alembic import context
    from sqlalchemy import MetaData, pool
    from sqlalchemy.ext.asyncio import create_async_engine

    def do_run(connection):
        context.configure(connection=connection, target_metadata=MetaData(), {options})
        with context.begin_transaction():
            context.run_migrations()

    async def run():
        engine = create_async_engine({url!r}, poolclass=pool.NullPool)
        async with engine.connect() as connection:
            await connection.run_sync(do_run)
        await engine.dispose()

    asyncio.run(run())
"""

APP = """
    from flask import Flask
    from flask_migrate import Migrate
    from flask_sqlalchemy import SQLAlchemy

    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = {url!r}
    db = SQLAlchemy(app)
    Migrate(app, db)
"""

SETTINGS = """
    [tool.online-migrate]
    batch_rows = 20
    batch_rows_max = {most}
"""

SMALL, LARGE = 20000, 50
"""Most rows of a batch: all the rows of a test's table fit into the one, and not into the other."""


@dataclass
class Project:
    """Revisions in a directory, and the database they are for."""

    directory: Path
    url: str
    run: Run
    last: str | None = None

    def driven(self, driver: str) -> str:
        """Return the URL as SQLAlchemy takes it."""
        return self.url.replace("postgresql://", f"postgresql+{driver}://")

    def alembic(self, *, driver: str = "psycopg", options: str = "") -> "Project":
        """Let it be a plain Alembic project."""
        (self.directory / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/migrations\n")
        template = ASYNC if driver == "asyncpg" else ENV
        self._write("migrations/env.py", template.format(url=self.driven(driver), options=options))
        return self

    def flask(self) -> "Project":
        """Let it be a Flask application, made by Flask-Migrate."""
        self._write("app.py", APP.format(url=self.driven("psycopg2")))
        self.command("flask", "db", "init")
        return self

    def settings(self, most: int) -> None:
        """Let tables of so many rows count as small."""
        self._write("pyproject.toml", SETTINGS.format(most=most))

    def revision(self, name: str, body: str, down: str = "pass", *, header: str = "") -> None:
        """Write a revision behind the last one; `body` is that of upgrade(), `down` that of downgrade()."""
        code, back = (indent(dedent(text).strip(), "    ") for text in (body, down))
        self._write(
            f"migrations/versions/{name}.py",
            "import online_migrate\nimport sqlalchemy as sa\nfrom alembic import op\n"
            f"{dedent(header)}\nrevision, down_revision = {name!r}, {self.last!r}\n\n"
            f"def upgrade():\n{code}\n\ndef downgrade():\n{back}\n",
        )
        self.last = name

    def command(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command of an installed package in the project's directory."""
        kept = {k: v for k, v in os.environ.items() if k not in ("FLASK_APP", "ALEMBIC_CONFIG")}
        done = subprocess.run(
            [sys.executable, "-m", *words], cwd=self.directory, capture_output=True, text=True, check=False, env=kept
        )
        assert done.returncode == 0 or not check, done.stderr
        return done

    def upgrade(self, target: str = "head") -> None:
        """Run `alembic upgrade`, in this process."""
        command.upgrade(Config(str(self.directory / "alembic.ini")), target)

    def downgrade(self, target: str) -> None:
        """Run `alembic downgrade`, in this process."""
        command.downgrade(Config(str(self.directory / "alembic.ini")), target)

    def printed(self, start: str, target: str = "head") -> str:
        """Return what `alembic upgrade --sql` prints."""
        buffer = StringIO()
        command.upgrade(
            Config(str(self.directory / "alembic.ini"), output_buffer=buffer), f"{start}:{target}", sql=True
        )
        return buffer.getvalue()

    def _write(self, path: str, text: str) -> None:
        file = self.directory / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text))


@pytest.fixture
def project(tmp_path: Path, database: str, run: Run) -> Project:
    """An empty directory, which is the current one, and an empty database."""
    return Project(tmp_path, database, run)


Way = Callable[[Project], None]


def by_alembic(project: Project) -> None:
    """Run `alembic upgrade head`."""
    project.upgrade()


def by_flask(project: Project) -> None:
    """Run `flask db upgrade`."""
    project.command("flask", "db", "upgrade")


def by_sql(project: Project) -> None:
    """Run what `alembic upgrade --sql` prints, as psql would: statement by statement."""
    with psycopg.connect(project.url, autocommit=True) as connection:
        for statement in split_script(project.printed("a0")):
            connection.execute(statement.sql.encode())


def by_deploy(project: Project) -> None:
    """Run `online-migrate deploy`, all phases."""
    ended = project.run("deploy", "--phase", "all", "--yes")
    assert ended.status == 0, ended.told


WAYS: dict[str, Way] = {"alembic": by_alembic, "flask": by_flask, "sql": by_sql, "deploy": by_deploy}
