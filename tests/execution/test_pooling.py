"""Deploys through PgBouncer: nothing of ours stays in the sessions it lends; what needs one of its own says so."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from online_migrate.database import Database
from online_migrate.errors import DirectConnectionNeeded, DirectUrlWrong, StatementPooling, Stopped
from online_migrate.execution import pooling
from online_migrate.execution.abort import abort
from online_migrate.execution.pooling import Pooling
from online_migrate.execution.runner import deploy
from online_migrate.plan.model import Plan
from tests.conftest import Connect
from tests.execution.plans import (
    ADD_COLUMN,
    ADD_KEY,
    ALL,
    BUILD_INDEX,
    COUNT,
    STAMP,
    VALIDATE_KEY,
    make_plan,
    only,
    settings,
)
from tests.pgbouncer import pgbouncer

SETTINGS = (
    b"SELECT current_setting('lock_timeout'), current_setting('statement_timeout'), current_setting('search_path'),"
    b" current_setting('idle_in_transaction_session_timeout'), current_setting('default_transaction_read_only'),"
    b" current_setting('client_connection_check_interval'), current_setting('synchronous_commit'),"
    b" coalesce(current_setting('online_migrate.own_writes', true), '')"
)


@pytest.fixture
def pooled(target: Database, tmp_path: Path) -> Iterator[Database]:
    """The database behind a pooler in transaction mode."""
    with pgbouncer(target.url, tmp_path, "transaction") as url:
        yield Database(url)


def without_concurrent() -> Plan:
    return make_plan((ADD_COLUMN,), (ADD_KEY, COUNT, VALIDATE_KEY, STAMP))


def test_a_deploy_runs_and_leaves_nothing_in_the_sessions(
    pooled: Database, connection: psycopg.Connection, second_connection: Connect
) -> None:
    plain = connection.execute(SETTINGS).fetchall()
    assert deploy(without_concurrent(), database=pooled, settings=settings(ALL)).state == "done"
    lent = connection.execute(
        b"SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    ).fetchone()
    assert lent is not None
    assert lent[0] > 0
    clients = [psycopg.connect(pooled.url) for _ in range(lent[0])]
    try:
        # Each keeps its transaction open, so that the pooler has to lend every session that the deploy has used.
        assert [client.execute(SETTINGS).fetchone() for client in clients] == plain * len(clients)
    finally:
        for client in clients:
            client.close()


def test_steps_that_need_a_session_are_refused_before_anything_is_done(
    pooled: Database, connection: psycopg.Connection
) -> None:
    with pytest.raises(DirectConnectionNeeded, match="build the index") as refused:
        deploy(make_plan(), database=pooled, settings=settings(ALL))
    assert "--direct-url" in str(refused.value.hint)
    assert connection.execute(b"SELECT to_regnamespace('online_migrate')").fetchone() == (None,)


def test_with_a_direct_url_everything_runs_and_is_undone(
    pooled: Database, target: Database, connection: psycopg.Connection
) -> None:
    both = replace(pooled, direct_url=target.url)
    assert deploy(only(ADD_COLUMN), database=both, settings=settings(ALL)).state == "done"
    plan = make_plan((BUILD_INDEX,), (STAMP,), ())
    chosen = settings(ALL, stop_after=1)
    with pytest.raises(Stopped):
        deploy(plan, database=both, settings=chosen)
    with pytest.raises(DirectConnectionNeeded):
        abort(database=pooled, clock=chosen.clock, observer=chosen.observer, should_stop=lambda: False)
    assert connection.execute(b"SELECT to_regclass('orders_note') IS NOT NULL").fetchone() == (True,)
    abort(database=both, clock=chosen.clock, observer=chosen.observer, should_stop=lambda: False)
    assert connection.execute(b"SELECT to_regclass('orders_note')").fetchone() == (None,)


def test_a_lease_does_not_rest_on_a_session_that_is_lent(pooled: Database, connection: psycopg.Connection) -> None:
    """PgBouncer ends sessions of the server when it likes; another engine must not take that for our end."""
    seen = []

    def look(event: object) -> None:
        seen.append(connection.execute(b"SELECT backend_pid FROM online_migrate.lease").fetchone())

    deploy(only(ADD_COLUMN), database=pooled, settings=settings(ALL, observer=look))
    assert set(seen) == {(None,)}


@pytest.mark.parametrize(("mode", "found"), [("session", Pooling.SESSION), ("transaction", Pooling.TRANSACTION)])
def test_the_kind_of_pooling_is_found_out(target: Database, tmp_path: Path, mode: str, found: Pooling) -> None:
    with pgbouncer(target.url, tmp_path, mode) as url, Database(url).connect("test") as connection:
        assert pooling.pooling(connection, Database(url)) is found


def test_without_a_pooler_none_is_found(target: Database) -> None:
    with target.connect("test") as connection:
        assert pooling.pooling(connection, target) is Pooling.NONE


def test_statement_pooling_is_refused(target: Database, tmp_path: Path) -> None:
    with pgbouncer(target.url, tmp_path, "statement") as url, pytest.raises(StatementPooling):
        deploy(only(ADD_COLUMN), database=Database(url), settings=settings(ALL))


def test_a_direct_url_that_leads_elsewhere_is_refused(pooled: Database, target: Database, server_url: str) -> None:
    for elsewhere, words in ((server_url, "another database"), (pooled.url, "transaction mode too")):
        with pytest.raises(DirectUrlWrong, match=words):
            deploy(only(ADD_COLUMN), database=replace(pooled, direct_url=elsewhere), settings=settings(ALL))
