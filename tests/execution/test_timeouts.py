"""Timeouts that the role or the database sets for its sessions do not end ours in the middle."""

import psycopg
import pytest

from online_migrate.database import Database
from online_migrate.execution.runner import deploy
from tests.execution.plans import ALL, make_plan, settings

SLOW = b"""
CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.1); RETURN NEW; END $$;
CREATE TRIGGER slow BEFORE UPDATE ON customer FOR EACH ROW EXECUTE FUNCTION slow()
"""


@pytest.mark.parametrize("timeout", ["transaction_timeout", "statement_timeout", "idle_in_transaction_session_timeout"])
def test_work_that_takes_longer_comes_to_its_end(
    target: Database, connection: psycopg.Connection, timeout: str
) -> None:
    if connection.execute("SELECT current_setting(%s, true)", [timeout]).fetchone() == (None,):
        pytest.skip("this server has no such timeout")
    connection.execute(SLOW)
    connection.execute(
        "SELECT set_config('test.database', current_database(), false), set_config('test.timeout', %s, false)",
        [timeout],
    )
    connection.execute(
        b"DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET %I = 500', current_setting('test.database'), "
        b"current_setting('test.timeout')); END $$"
    )
    assert deploy(make_plan(), database=target, settings=settings(ALL)).state == "done"
    assert connection.execute("SELECT DISTINCT visits FROM customer").fetchall() == [(1,)]
