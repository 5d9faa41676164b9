"""After a step that breaks prepared statements, pools of the application connect anew where that is ordered."""

import asyncio
from dataclasses import replace

import asyncpg
import psycopg
import pytest
import sqlalchemy

from online_migrate.database import Database
from online_migrate.errors import Stopped
from online_migrate.events import Event, Recycled
from online_migrate.execution import recycling
from online_migrate.execution.runner import deploy
from tests.conftest import Connect
from tests.execution.plans import ADD_COLUMN, ADD_KEY, BUILD_INDEX, COUNT, DROP_COLUMN, only, settings

BROKEN = "cached plan must not change result type"
SELECT = "SELECT * FROM orders WHERE id = 1"


def recycle(target: Database, pattern: str | None, events: list[Event]) -> None:
    chosen = replace(settings(observer=events.append), recycle=pattern)
    assert deploy(only(ADD_COLUMN), database=target, settings=chosen).state == "done"


def test_which_steps_break_what_is_prepared() -> None:
    assert [recycling.breaks(step) for step in (ADD_COLUMN, DROP_COLUMN)] == [True, True]
    assert [recycling.breaks(step) for step in (ADD_KEY, BUILD_INDEX, COUNT)] == [False, False, False]
    later = replace(ADD_COLUMN, sql=("SELECT 1", "ALTER TABLE a ALTER b DROP DEFAULT, ALTER b TYPE bigint"))
    assert recycling.breaks(later)


@pytest.mark.parametrize("pattern", [None, "shop-%"])
def test_a_pool_of_psycopg(target: Database, pattern: str | None) -> None:
    engine = sqlalchemy.create_engine(
        target.url.replace("postgresql://", "postgresql+psycopg://"),
        pool_pre_ping=True,
        connect_args={"application_name": "shop-web", "prepare_threshold": 0},
    )
    # Committed: after a ROLLBACK psycopg forgets what it has prepared.
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text(SELECT)).all()
    events: list[Event] = []
    recycle(target, pattern, events)
    with engine.connect() as connection:
        if pattern is None:
            with pytest.raises(sqlalchemy.exc.NotSupportedError, match=BROKEN):
                connection.execute(sqlalchemy.text(SELECT))
        else:
            assert len(connection.execute(sqlalchemy.text(SELECT)).keys()) == 4
    engine.dispose()
    assert [(e.ended, e.at_work, e.refused) for e in events if isinstance(e, Recycled)] == [(1, 0, 0)] * bool(pattern)


@pytest.mark.parametrize("pattern", [None, "shop-%"])
def test_a_pool_of_asyncpg(target: Database, pattern: str | None) -> None:
    """Outside a transaction asyncpg prepares anew by itself; inside one, where most applications work, it cannot."""

    async def work() -> int:
        known = psycopg.conninfo.conninfo_to_dict(target.conninfo())
        async with asyncpg.create_pool(
            host=known["host"],
            port=known.get("port"),
            user=known.get("user", "postgres"),
            database=known["dbname"],
            min_size=1,
            max_size=1,
            server_settings={"application_name": "shop-worker"},
        ) as pool:
            async with pool.acquire() as connection, connection.transaction():
                await connection.fetchrow(SELECT)
            await asyncio.to_thread(recycle, target, pattern, [])
            async with pool.acquire() as connection, connection.transaction():
                return len(await connection.fetchrow(SELECT))

    if pattern is None:
        with pytest.raises(asyncpg.InvalidCachedStatementError):
            asyncio.run(work())
    else:
        assert asyncio.run(work()) == 4


def test_only_idle_sessions_that_match_are_ended(
    target: Database, second_connection: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recycling, "PATIENCE_S", 0.2)
    idle, other, in_transaction = (second_connection() for _ in range(3))
    for session, name in ((idle, "shop-a"), (other, "report"), (in_transaction, "shop-b")):
        session.execute(b"SELECT set_config('application_name', %s, false)", (name,))
    in_transaction.execute(b"BEGIN")
    in_transaction.execute(b"SELECT count(*) FROM customer")
    events: list[Event] = []
    recycle(target, "%", events)
    assert [(e.at_work, e.refused) for e in events if isinstance(e, Recycled)] == [(1, 0)]
    with pytest.raises(psycopg.OperationalError):
        idle.execute(b"SELECT 1")
    with pytest.raises(psycopg.OperationalError):
        other.execute(b"SELECT 1")
    in_transaction.execute(b"COMMIT")


def test_a_run_that_was_stopped_before_it_is_made_up_for(
    target: Database, connection: psycopg.Connection, second_connection: Connect
) -> None:
    stale = second_connection()
    stale.execute(b"SET application_name = 'shop-web'")
    with pytest.raises(Stopped):
        deploy(only(ADD_COLUMN, ADD_KEY), database=target, settings=settings(stop_after=1))
    fresh = second_connection()
    fresh.execute(b"SET application_name = 'shop-web'")
    assert deploy(None, database=target, settings=replace(settings(), recycle="shop-%")).state == "done"
    with pytest.raises(psycopg.OperationalError):
        stale.execute(b"SELECT 1")
    assert fresh.execute(b"SELECT 1").fetchone() == (1,)
