"""The examples of a common Flask-Migrate tutorial, deployed one after the other as they stand (in PostgreSQL's SQL)."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent, indent

import psycopg
import pytest

from tests.cli.conftest import Run

APP = """
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_migrate import Migrate

app = Flask(__name__)
app.config['SQLALCHEMY_DATABASE_URI'] = {url!r}
db = SQLAlchemy(app)
migrate = Migrate(app, db)
"""

CREATE = """
op.create_table('user',
sa.Column('id', sa.Integer(), nullable=False),
sa.Column('username', sa.String(length=80), nullable=False),
sa.Column('email', sa.String(length=120), nullable=False),
sa.Column('first_name', sa.String(length=80)),
sa.Column('last_name', sa.String(length=80)),
sa.Column('deprecated_field', sa.String(length=80)),
sa.PrimaryKeyConstraint('id'),
sa.UniqueConstraint('email'),
sa.UniqueConstraint('username')
)
"""

DEFAULTS = """
op.add_column('user', sa.Column('created_at', sa.DateTime(), nullable=True))
op.add_column('user', sa.Column('is_active', sa.Boolean(), nullable=True))
op.execute('UPDATE "user" SET created_at = CURRENT_TIMESTAMP WHERE created_at IS NULL')
op.execute('UPDATE "user" SET is_active = true WHERE is_active IS NULL')
op.alter_column('user', 'created_at', nullable=False)
op.alter_column('user', 'is_active', nullable=False)
"""

ROW_BY_ROW = """
op.add_column('user', sa.Column('full_name', sa.String(200), nullable=True))
connection = op.get_bind()
result = connection.execute(sa.text('SELECT id, first_name, last_name FROM "user"'))
for row in result:
    full_name = f"{row.first_name} {row.last_name}".strip()
    connection.execute(
        sa.text('UPDATE "user" SET full_name = :full_name WHERE id = :id'), {'full_name': full_name, 'id': row.id}
    )
op.alter_column('user', 'full_name', nullable=False)
op.drop_column('user', 'first_name')
op.drop_column('user', 'last_name')
"""

INDEX = "op.execute('CREATE INDEX CONCURRENTLY idx_user_email ON \"user\"(email)')"
DROP = "op.drop_column('user', 'deprecated_field')"

Revise = Callable[[str, object, str], None]


@pytest.fixture
def revise(run: Run, tmp_path: Path, database: str) -> Revise:
    """Write a revision (id, down_revision, body) into a project that Flask-Migrate has made."""
    url = database.replace("postgresql://", "postgresql+psycopg2://")
    (tmp_path / "app.py").write_text(APP.format(url=url))
    subprocess.run([sys.executable, "-m", "flask", "db", "init"], cwd=tmp_path, check=True, capture_output=True)

    def write(revision: str, down: object, body: str) -> None:
        code = indent(dedent(body).strip(), "    ")
        (tmp_path / "migrations" / "versions" / f"{revision}.py").write_text(
            f'"""{revision}"""\nfrom alembic import op\nimport sqlalchemy as sa\n'
            f"revision = {revision!r}\ndown_revision = {down!r}\n\ndef upgrade():\n{code}\n"
        )

    return write


def test_every_example(run: Run, revise: Revise, connection: psycopg.Connection) -> None:
    revise("abc1", None, CREATE)
    assert run("deploy").status == 0
    connection.execute("""
        INSERT INTO "user" (username, email, first_name, last_name)
        SELECT 'u' || n, 'e' || n, 'First' || n, 'Last' || n FROM generate_series(1, 300) n
    """)
    revise("abc2", "abc1", DEFAULTS)
    revise("abc3", "abc2", ROW_BY_ROW)
    revise("abc4a", "abc3", INDEX)
    revise("abc4b", "abc3", DROP)
    revise("abc5", ("abc4a", "abc4b"), "pass")
    for target in ("abc2", "abc3", "heads"):
        planned = run("plan", target)
        assert planned.status == 0, planned.told
        ended = run("deploy", target, "--phase", "all", "--yes")
        assert ended.status == 0, ended.told
    columns = connection.execute("""
        SELECT attname, attnotnull FROM pg_attribute
        WHERE attrelid = '"user"'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum
    """).fetchall()
    names = ("id", "username", "email", "created_at", "is_active", "full_name")
    assert columns == [(name, True) for name in names]
    assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("abc5",)]
    valid = connection.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = 'idx_user_email'::regclass")
    assert valid.fetchone() == (True,)
    rows = connection.execute("""SELECT count(*) FROM "user" WHERE full_name = 'First' || id || ' Last' || id""")
    assert rows.fetchone() == (300,)


def test_the_same_commands_of_flask(revise: Revise, tmp_path: Path) -> None:
    revise("abc1", None, CREATE)
    done = subprocess.run(
        [sys.executable, "-m", "flask", "online-migrate", "plan"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "CREATE TABLE" in done.stdout
