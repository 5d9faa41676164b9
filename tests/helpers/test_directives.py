"""The helpers as directives of Alembic's, written by hand and by autogenerate."""

import psycopg
import pytest

from online_migrate.errors import HelperMisused
from tests.helpers.conftest import LARGE, WAYS, Project

SETUP = """
    CREATE TABLE "user" (id int PRIMARY KEY, name text);
    INSERT INTO "user" SELECT i, 'name ' || i FROM generate_series(1, 200) i;
    ANALYZE
"""
ENV = """
    from alembic import context
    from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, MetaData, Table, Text, UniqueConstraint
    from sqlalchemy import create_engine, pool
    from online_migrate.integrations.alembic import online_operations

    models = MetaData()
    Table("user", models, Column("id", Integer, primary_key=True), Column("name", Text),
          Column("team", ForeignKey("team.id", name="user_team")), Index("user_name", "name"),
          Index("user_in_team", "team"), UniqueConstraint("name", name="one_name"))
    Table("team", models, Column("id", Integer, primary_key=True), Column("name", Text), Index("team_name", "name"))
    with create_engine({url!r}, poolclass=pool.NullPool).connect() as connection:
        context.configure(connection=connection, target_metadata=models, render_as_batch={batch},
                          process_revision_directives=online_operations)
        with context.begin_transaction():
            context.run_migrations()
"""
BODY = """
    op.backfill("user", {"name": "upper(name)"})
    op.create_index_online("user_name", "user", ["name"])
    op.set_not_null_online("user", "name")
    op.add_check_online("named", "user", "name <> ''")
    op.add_unique_online("one_name", "user", ["name"])
    op.drop_index_online("user_name", "user")
    op.add_column_online("user", sa.Column("boss", sa.Integer))
    op.add_foreign_key_online("has_boss", "user", "user", ["boss"], ["id"])
"""


@pytest.fixture
def large(project: Project, connection: psycopg.Connection) -> Project:
    connection.execute(SETUP)
    project.settings(LARGE)
    return project.alembic()


@pytest.mark.parametrize("way", ["alembic", "deploy"])
def test_written_by_hand(large: Project, connection: psycopg.Connection, way: str) -> None:
    large.revision("a1", BODY, header="import online_migrate.integrations.alembic")
    WAYS[way](large)
    constraints = connection.execute(
        "SELECT conname FROM pg_constraint WHERE conrelid = '\"user\"'::regclass AND contype <> 'n' ORDER BY 1"
    )
    assert constraints.fetchall() == [("has_boss",), ("named",), ("one_name",), ("user_pkey",)]
    assert connection.execute("""SELECT count(*) FROM "user" WHERE name = 'NAME ' || id""").fetchone() == (200,)


def test_in_a_batch_block(large: Project) -> None:
    body = """
        with op.batch_alter_table("user") as batch_op:
            batch_op.create_index_online("user_name", "user", ["name"])
    """
    large.revision("a1", body, header="import online_migrate.integrations.alembic")
    with pytest.raises(HelperMisused, match="takes `op` itself"):
        large.upgrade()


@pytest.mark.parametrize("batch", [False, True])
def test_written_by_autogenerate(large: Project, connection: psycopg.Connection, batch: bool) -> None:
    large._write("migrations/env.py", ENV.format(url=large.driven("psycopg"), batch=batch))
    large._write("migrations/script.py.mako", MAKO)
    (large.directory / "migrations" / "versions").mkdir()
    large.command("alembic", "revision", "--autogenerate", "-m", "grown")
    (file,) = (large.directory / "migrations" / "versions").glob("*.py")
    text = file.read_text()
    assert "op.create_index_online('user_name', 'user', ['name'], unique=False)" in text
    assert "op.add_unique_online('one_name', 'user', ['name'])" in text
    assert "op.add_foreign_key_online('user_team', 'user', 'team', ['team'], ['id'])" in text
    assert "op.drop_index_online('user_name', table_name='user')" in text
    assert "create_index_online('team_name'" not in text
    large.upgrade()
    indexes = connection.execute("SELECT indexname FROM pg_indexes WHERE tablename IN ('user', 'team') ORDER BY 1")
    assert [name for (name,) in indexes] == [
        *("one_name", "team_name", "team_pkey", "user_in_team", "user_name", "user_pkey"),
    ]
    large.downgrade("base")
    assert connection.execute("SELECT to_regclass('user_name'), to_regclass('team')").fetchone() == (None, None)


MAKO = """
    import sqlalchemy as sa
    from alembic import op
    revision = ${repr(up_revision)}
    down_revision = ${repr(down_revision)}


    def upgrade():
        ${upgrades if upgrades else "pass"}


    def downgrade():
        ${downgrades if downgrades else "pass"}
"""
