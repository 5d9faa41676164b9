"""Helpers called in downgrade(): by plain Alembic, by Flask-Migrate, and by a deploy."""

from collections.abc import Callable

import psycopg
import pytest

from tests.helpers.conftest import LARGE, Project

HEADER = """
    from online_migrate import backfill, create_index

    def shout(rows):
        return [{"name": row["name"].upper()} for row in rows]
"""
DOWN = """
    op.add_column("person", sa.Column("name", sa.Text))
    backfill(op, "person", set_={"name": "first || ' ' || last"})
    backfill(op, "person", compute=shout, columns=["name"], reads=["name"])
    create_index(op, "person_name", "person", ["name"])
    op.drop_column("person", "first")
    op.drop_column("person", "last")
"""


def by_alembic(project: Project) -> None:
    project.alembic().downgrade("-1")


def by_flask(project: Project) -> None:
    project.command("flask", "db", "downgrade")


def by_deploy(project: Project) -> None:
    project.alembic()
    ended = project.run("deploy", "--downgrade", "-1", "--small-tables-online", "--phase", "all", "--yes")
    assert ended.status == 0, ended.told


def by_flask_deploy(project: Project) -> None:
    project.command("flask", "online-migrate", "deploy", "--downgrade", "-1", "--phase", "all", "--yes")


@pytest.mark.parametrize("way", [by_alembic, by_flask, by_deploy, by_flask_deploy])
def test_a_revision_is_taken_back(project: Project, connection: psycopg.Connection, way: Callable[..., None]) -> None:
    if way in (by_flask, by_flask_deploy):
        project.flask()
    project.settings(LARGE)
    project.revision("a1", "op.execute('SELECT 1')")
    project.revision("a2", "pass", DOWN, header=HEADER)
    connection.execute("""
        CREATE TABLE person (id int PRIMARY KEY, first text, last text);
        INSERT INTO person SELECT n, 'f' || n, 'l' || n FROM generate_series(1, 200) n;
        CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
        INSERT INTO alembic_version VALUES ('a2')
    """)
    way(project)
    assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("a1",)]
    found = connection.execute("SELECT count(*) FROM person WHERE name = 'F' || id || ' L' || id").fetchone()
    assert found == (200,)
    columns = connection.execute("SELECT column_name FROM information_schema.columns WHERE table_name = 'person'")
    assert {name for (name,) in columns} == {"id", "name"}
    assert connection.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = 'person_name'::regclass").fetchone()
