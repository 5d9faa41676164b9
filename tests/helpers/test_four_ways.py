"""The same script ends in the same schema and the same rows, however it is run."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack

import psycopg
import pytest

from tests.compare import assert_same
from tests.helpers.conftest import LARGE, SMALL, WAYS, Project

SETUP = """
    CREATE TABLE "user" (id int PRIMARY KEY, first_name text, last_name text, full_name text, rank int);
    INSERT INTO "user" SELECT n, 'First' || n, CASE WHEN n % 7 > 0 THEN 'Last 100%' END, CASE n WHEN 5 THEN 'kept' END
    FROM generate_series(1, 200) n;
    CREATE SCHEMA sales;
    CREATE TABLE sales."Order" (region text, no int, "Net Total" numeric, gross numeric, PRIMARY KEY (region, no));
    INSERT INTO sales."Order" SELECT 'r' || n % 3, n, n FROM generate_series(1, 150) n;
    CREATE TABLE ticket (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), no int, state text);
    INSERT INTO ticket (id, no) SELECT md5(n::text)::uuid, n FROM generate_series(1, 120) n;
    CREATE TABLE log (line int, word text);
    INSERT INTO log SELECT n FROM generate_series(1, 130) n;
    CREATE TABLE measure (at date, value int, doubled int) PARTITION BY RANGE (at);
    CREATE TABLE measure_1 PARTITION OF measure FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
    CREATE TABLE measure_2 PARTITION OF measure FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
    INSERT INTO measure SELECT date '2026-01-01' + n % 50, n FROM generate_series(1, 140) n;
    CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
    INSERT INTO alembic_version VALUES ('a0');
    ANALYZE;
"""

HEADER = """
    from online_migrate import add_check, add_column, add_foreign_key, add_unique, backfill, create_index
    from online_migrate import drop_index, set_not_null
"""

NOT_EQUAL = {"public.user.joined"}
"""Holds the time at which the column was added."""

Expect = Callable[[Sequence[str]], psycopg.Connection]
Calls = tuple[tuple[str, str], ...]
"""Calls of helpers, each with the naive SQL that does the same."""

BACKFILLS: Calls = (
    (
        """backfill(op, "user", set_={"full_name": "first_name || coalesce(' ' || last_name, '')"},
        where="full_name IS NULL")""",
        """UPDATE "user" SET full_name = first_name || coalesce(' ' || last_name, '') WHERE full_name IS NULL""",
    ),
    (
        """backfill(op, "user", set_={"full_name": "'100% of O''Hara :x'", "rank": 7}, where="last_name LIKE '%0%'")""",
        """UPDATE "user" SET full_name = '100% of O''Hara :x', rank = 7 WHERE last_name LIKE '%0%'""",
    ),
    (
        """user = sa.table("user", sa.column("first_name"), sa.column("last_name"), sa.column("full_name"))
backfill(op, "user", set_={"full_name": user.c.first_name + " 50%: " + sa.func.coalesce(user.c.last_name, "-")},
         where=user.c.full_name.is_(None))""",
        """UPDATE "user" SET full_name = first_name || ' 50%: ' || coalesce(last_name, '-') WHERE full_name IS NULL""",
    ),
    (
        """backfill(op, "Order", schema="sales", set_={"gross": '"Net Total" * 1.25'})""",
        """UPDATE sales."Order" SET gross = "Net Total" * 1.25""",
    ),
    (
        """backfill(op, "Order", schema="sales", set_={"Net Total": '"Net Total" + 1'})""",
        """UPDATE sales."Order" SET "Net Total" = "Net Total" + 1""",
    ),
    ("""backfill(op, "ticket", set_={"state": "'no ' || no"})""", "UPDATE ticket SET state = 'no ' || no"),
    (
        """backfill(op, "log", set_={"word": "'line ' || line"}, where="word IS NULL")""",
        "UPDATE log SET word = 'line ' || line WHERE word IS NULL",
    ),
    (
        """backfill(op, "measure", set_={"doubled": "value * 2"}, where="doubled IS NULL")""",
        "UPDATE measure SET doubled = value * 2 WHERE doubled IS NULL",
    ),
)

DIRECTIVES: Calls = (
    (
        """create_index(op, "user_rank", "user", ["rank"], postgresql_where=sa.text("last_name LIKE '%0%'"))""",
        """CREATE INDEX user_rank ON "user" (rank) WHERE last_name LIKE '%0%'""",
    ),
    (
        """create_index(op, "Order Totals", "Order", [sa.text('"Net Total" DESC')], schema="sales", unique=True)""",
        """CREATE UNIQUE INDEX "Order Totals" ON sales."Order" ("Net Total" DESC)""",
    ),
    ("""drop_index(op, "user_rank", "user")""", "DROP INDEX user_rank"),
    (
        """add_column(op, "user", sa.Column("joined", sa.DateTime, nullable=False, server_default=sa.func.now()))""",
        """ALTER TABLE "user" ADD COLUMN joined timestamp NOT NULL DEFAULT now()""",
    ),
    (
        """add_column(op, "ticket", sa.Column("owner", sa.Integer, sa.ForeignKey("user.id"), index=True))""",
        """ALTER TABLE ticket ADD COLUMN owner int; CREATE INDEX ix_ticket_owner ON ticket (owner);
        ALTER TABLE ticket ADD FOREIGN KEY (owner) REFERENCES "user" (id)""",
    ),
    (
        """add_foreign_key(op, "log_of_user", "log", "user", ["line"], ["id"], ondelete="CASCADE")""",
        """ALTER TABLE log ADD CONSTRAINT log_of_user FOREIGN KEY (line) REFERENCES "user" (id) ON DELETE CASCADE""",
    ),
    (
        """add_check(op, "named", "user", "first_name LIKE 'First%' AND id > 0")""",
        """ALTER TABLE "user" ADD CONSTRAINT named CHECK (first_name LIKE 'First%' AND id > 0)""",
    ),
    (
        """add_unique(op, "one_number", "Order", ["no"], schema="sales")""",
        """ALTER TABLE sales."Order" ADD CONSTRAINT one_number UNIQUE (no)""",
    ),
    ("""set_not_null(op, "user", "first_name")""", """ALTER TABLE "user" ALTER first_name SET NOT NULL"""),
)

# Printed, it is CREATE INDEX CONCURRENTLY, which PostgreSQL refuses there: what prints sees no table.
PARTITIONED: Calls = (
    ("""create_index(op, "measure_at", "measure", ["at"])""", "CREATE INDEX measure_at ON measure (at)"),
)

FUNCTIONS = """
    def full_names(rows):
        return [{"full_name": f"{row['first_name']} {row['last_name'] or '100%'}".strip()} for row in rows]

    def nets(rows):
        for row in rows:
            yield {"gross": row["Net Total"] * 2, "Net Total": row["Net Total"] + 1} if row["no"] % 2 else None

    def words(rows):
        return ({"word": "line %d" % row["line"]} for row in rows)
"""
COMPUTED: Calls = (
    (
        """backfill(op, "user", compute=full_names, columns=["full_name"], reads=["first_name", "last_name"],
        where="full_name IS NULL")""",
        """UPDATE "user" SET full_name = first_name || ' ' || coalesce(last_name, '100%') WHERE full_name IS NULL""",
    ),
    (
        """backfill(op, "Order", schema="sales", compute=nets, columns=["gross", "Net Total"],
        reads=["no", "Net Total"], where=sa.column("no") > 10)""",
        """UPDATE sales."Order" SET gross = "Net Total" * 2, "Net Total" = "Net Total" + 1
        WHERE no > 10 AND no % 2 = 1""",
    ),
    (
        """backfill(op, "log", compute=words, columns=["word"], reads=["line"])""",
        "UPDATE log SET word = 'line ' || line",
    ),
    (
        """backfill(op, "measure", compute=lambda rows: [{"doubled": row["value"] * 2} for row in rows],
        columns=["doubled"], reads=["value"])""",
        "UPDATE measure SET doubled = value * 2",
    ),
    (
        """backfill(op, "ticket", compute=lambda rows: [{"state": f"no {r['no']} {r['id']}"} for r in rows],
        columns=["state"], reads=["id", "no"])""",
        "UPDATE ticket SET state = 'no ' || no || ' ' || id",
    ),
)


@pytest.fixture
def expected(create_database: Callable[[], str]) -> Iterator[Expect]:
    """Return a database in which the naive statements were run, a revision each."""
    with ExitStack() as stack:

        def expect(naive: Sequence[str]) -> psycopg.Connection:
            connection = stack.enter_context(psycopg.connect(create_database(), autocommit=True))
            connection.execute(SETUP)
            for statement in naive:
                connection.execute(statement.encode())
            connection.execute("UPDATE alembic_version SET version_num = %s", [f"a{len(naive)}"])
            return connection

        yield expect


@pytest.mark.parametrize("most", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("calls", [BACKFILLS, DIRECTIVES], ids=["backfills", "directives"])
def test_the_same_end(project: Project, expected: Expect, calls: Calls, way: str, most: int) -> None:
    if calls is DIRECTIVES and way != "sql":
        calls = DIRECTIVES + PARTITIONED
    _prepare(project, way, most)
    for number, (call, _) in enumerate(calls, 1):
        project.revision(f"a{number}", call, header=HEADER)
    WAYS[way](project)
    with psycopg.connect(project.url, autocommit=True) as connection:
        assert_same(connection, expected([naive for _, naive in calls]), ignore=NOT_EQUAL)


@pytest.mark.parametrize("most", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("way", ["alembic", "flask", "deploy"])
def test_python_computes(project: Project, expected: Expect, way: str, most: int) -> None:
    _prepare(project, way, most)
    # A deploy must find a function again, by its name.
    calls = COMPUTED[:3] if way == "deploy" else COMPUTED
    for number, (call, _) in enumerate(calls, 1):
        project.revision(f"a{number}", call, header=HEADER + FUNCTIONS)
    WAYS[way](project)
    with psycopg.connect(project.url, autocommit=True) as connection:
        assert_same(connection, expected([naive for _, naive in calls]))


def _prepare(project: Project, way: str, most: int) -> None:
    with psycopg.connect(project.url, autocommit=True) as connection:
        connection.execute(SETUP)
    project.settings(most)
    (project.flask if way == "flask" else project.alembic)()
    project.revision("a0", "pass")
