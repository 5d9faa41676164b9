"""The examples of a common Flask-Migrate tutorial: as it writes them, and with the helpers, as docs/helpers.md shows.

Of the tutorial's own text only what PostgreSQL and SQLAlchemy 2 refuse is different: `user` is a reserved word, a
boolean is not 1, and a connection executes no plain string.
"""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import psycopg
import pytest

from tests.compare import assert_same
from tests.helpers.conftest import LARGE, SMALL, WAYS, Project

SETUP = """
    CREATE TABLE "user" (id serial PRIMARY KEY, username varchar(80) NOT NULL UNIQUE,
        email varchar(120) NOT NULL UNIQUE, first_name varchar(80), last_name varchar(80));
    INSERT INTO "user" (username, email, first_name, last_name)
    SELECT 'u' || n, n || '@example.org', 'First' || n, 'Last' || n FROM generate_series(1, 150) n;
    CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
    INSERT INTO alembic_version VALUES ('a0');
    ANALYZE
"""
DEFAULTS = """
    # Add columns with default values
    op.add_column('user', sa.Column('created_at', sa.DateTime(), nullable=True))
    op.add_column('user', sa.Column('is_active', sa.Boolean(), nullable=True))

    # Update existing records with default values
    op.execute('UPDATE "user" SET created_at = CURRENT_TIMESTAMP WHERE created_at IS NULL')
    op.execute('UPDATE "user" SET is_active = true WHERE is_active IS NULL')

    # Make columns non-nullable
    op.alter_column('user', 'created_at', nullable=False)
    op.alter_column('user', 'is_active', nullable=False)
"""
ROW_BY_ROW = """
    # Schema changes first
    op.add_column('user', sa.Column('full_name', sa.String(200), nullable=True))

    # Data migration
    connection = op.get_bind()
    result = connection.execute(sa.text('SELECT id, first_name, last_name FROM "user"'))
    for row in result:
        full_name = f"{row.first_name} {row.last_name}".strip()
        connection.execute(
            sa.text('UPDATE "user" SET full_name = :full_name WHERE id = :id'),
            {'full_name': full_name, 'id': row.id}
        )

    # Make the new column non-nullable after populating data
    op.alter_column('user', 'full_name', nullable=False)

    # Remove old columns
    op.drop_column('user', 'first_name')
    op.drop_column('user', 'last_name')
"""
BEFORE = (DEFAULTS, ROW_BY_ROW)
PAGE = Path(__file__).parents[2] / "docs" / "helpers.md"


def example(number: int) -> tuple[str, str]:
    """Return the header and the body of upgrade() of an example of the page."""
    blocks = [part.split("```")[0] for part in PAGE.read_text(encoding="utf-8").split("```python\n")[1:]]
    header, _, body = [block for block in blocks if "def upgrade()" in block and "# after" in block][number].partition(
        "def upgrade():\n"
    )
    return header, dedent(body)


@pytest.fixture
def naive(create_database: Callable[[], str], project: Project) -> Callable[[str], str]:
    """Run the tutorial's text with plain Alembic, and return the database."""

    def run(body: str) -> str:
        with psycopg.connect(create_database(), autocommit=True) as connection:
            connection.execute(SETUP)
            info = connection.info.get_parameters()
            url = f"postgresql://{info['user']}@/{info['dbname']}?host={info['host']}"
        tutorial = Project(project.directory / "tutorial", url, project.run)
        tutorial._write("alembic.ini", "")
        tutorial.alembic(driver="psycopg2")
        tutorial.revision("a0", "pass")
        tutorial.revision("a1", body)
        tutorial.upgrade()
        return url

    return run


@pytest.mark.parametrize("most", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize(("number", "way"), [*((0, way) for way in WAYS), *((1, way) for way in WAYS if way != "sql")])
def test_after_as_before(project: Project, naive: Callable[[str], str], number: int, way: str, most: int) -> None:
    _prepare(project, number, most, flask=way == "flask")
    WAYS[way](project)
    with (
        psycopg.connect(project.url, autocommit=True) as one,
        psycopg.connect(naive(BEFORE[number]), autocommit=True) as other,
    ):
        assert_same(one, other, ignore={"public.user.created_at"})


def test_what_old_code_writes_before_the_gate(project: Project, connection: psycopg.Connection) -> None:
    """The function is run a second time, over what it has not seen, when the old code is gone."""
    _prepare(project, 1, LARGE)
    assert project.run("deploy").status == 0
    connection.execute("""
        INSERT INTO "user" (username, email, first_name, last_name) VALUES ('late', 'l@example.org', 'Late', 'Comer')
    """)
    ended = project.run("deploy", "--phase", "contract")
    assert ended.status == 0, ended.told
    names = connection.execute("""SELECT full_name FROM "user" WHERE username IN ('u7', 'late') ORDER BY id""")
    assert names.fetchall() == [("First7 Last7",), ("Late Comer",)]


def _prepare(project: Project, number: int, most: int, *, flask: bool = False) -> None:
    with psycopg.connect(project.url, autocommit=True) as connection:
        connection.execute(SETUP)
    project.settings(most)
    (project.flask if flask else project.alembic)()
    project.revision("a0", "pass")
    header, body = example(number)
    project.revision("a1", body, header=header)
