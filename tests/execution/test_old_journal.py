"""A journal that an older version wrote: it is read as it is, and brought up to date by the next deploy."""

from pathlib import Path

import psycopg
import pytest

from online_migrate.database import Database
from online_migrate.errors import JournalTooOld, Stopped
from online_migrate.execution import journal, schema
from online_migrate.execution.runner import deploy
from online_migrate.execution.status import status
from tests.execution.plans import TOTAL, make_plan, settings

FIRST_SCHEMA = Path(__file__).parents[1] / "backfilling" / "first_schema.sql"
TABLES = b"""
    SELECT table_name, array_agg(column_name::text ORDER BY ordinal_position) FROM information_schema.columns
    WHERE table_schema = 'online_migrate' GROUP BY 1 ORDER BY 1
"""


@pytest.fixture
def older(target: Database, connection: psycopg.Connection) -> Database:
    """A deploy that stopped after its first step, in a journal as the first version made it."""
    with pytest.raises(Stopped):
        deploy(make_plan(), database=target, settings=settings(stop_after=1))
    connection.execute(
        b"DROP TABLE online_migrate.rates, online_migrate.backfill, online_migrate.backfill_window,"
        b" online_migrate.bad_row, online_migrate.before_image, online_migrate.control CASCADE"
    )
    connection.execute(b"DELETE FROM online_migrate.schema_version WHERE version > 1")
    connection.execute(FIRST_SCHEMA.read_bytes())
    return target


def test_it_is_read_and_not_changed(older: Database, connection: psycopg.Connection) -> None:
    before = connection.execute(TABLES).fetchall()
    (found,) = status(older).deploys
    assert (found.record.state, found.control) == ("running", None)
    assert sum(phase.count("done") for phase in found.phases) == 1
    assert connection.execute(TABLES).fetchall() == before


def test_who_may_not_bring_it_up_is_told(older: Database, connection: psycopg.Connection) -> None:
    connection.execute(b"BEGIN; LOCK TABLE online_migrate.backfill IN ACCESS SHARE MODE")
    connection.execute(b"LOCK TABLE online_migrate.schema_version IN SHARE MODE")
    with pytest.raises(JournalTooOld, match="older version"):
        status(older)
    connection.execute(b"ROLLBACK")


def test_the_next_deploy_brings_it_up_to_date(older: Database, connection: psycopg.Connection) -> None:
    assert deploy(None, database=older, settings=settings()).state == "done"
    assert schema.is_current(connection)
    assert [step.state for step in journal.steps(connection, 1)] == ["done"] * TOTAL
