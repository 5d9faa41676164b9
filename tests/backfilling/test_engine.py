"""The engine on a quiet server: every method, to the end, once."""

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from online_migrate.backfilling import schema
from online_migrate.backfilling.progress import progress
from online_migrate.errors import BackfillRefused, BadRow, RowsLeft, StatementFailed, Stopped
from online_migrate.events import BatchDone, Event
from online_migrate.plan.names import RelationName
from online_migrate.plan.steps import Backfill
from online_migrate.policy import Policy
from tests.backfilling.conftest import FILL, ITEMS, Run, keyset, stripes
from tests.waiting import until


def scalar(connection: psycopg.Connection, query: str) -> object:
    found = connection.execute(query.encode()).fetchone()
    assert found is not None
    return found[0]


def test_install_is_idempotent(connection: psycopg.Connection) -> None:
    schema.install(connection)
    schema.install(connection)
    assert scalar(connection, "SELECT count(*) FROM pg_tables WHERE schemaname = 'online_migrate'") == 6


def test_install_brings_an_older_journal_up_to_date(items: psycopg.Connection, run: Run) -> None:
    items.execute("DROP SCHEMA online_migrate CASCADE")
    items.execute(Path(__file__).with_name("first_schema.sql").read_bytes())
    schema.install(items)
    assert run(stripes()) == 20000


@pytest.mark.parametrize("count", [1, 4, 16])
def test_stripes_change_every_row_once(items: psycopg.Connection, run: Run, count: int) -> None:
    events: list[Event] = []
    assert run(stripes(count=count), observer=events.append) == 20000
    assert scalar(items, "SELECT count(*) FROM items WHERE total IS DISTINCT FROM n * 2") == 0
    done = [event for event in events if isinstance(event, BatchDone)]
    assert sum(event.rows for event in done) == 20000
    fractions = [event.fraction for event in done]
    assert fractions == sorted(fractions)
    assert fractions[-1] == pytest.approx(1)
    assert run(stripes(count=count)) == 20000
    (state,) = progress(items, 1)
    assert (state.state, state.fraction, state.rows_done) == ("done", 1, 20000)


KEYS = {
    "bigint": "SELECT i::bigint FROM generate_series(1, 5000) i",
    "uuid": "SELECT md5(i::text)::uuid FROM generate_series(1, 5000) i",
    "text": "SELECT chr(65 + i % 26) || ' ''\"\\' || i FROM generate_series(1, 5000) i",
    "timestamptz": "SELECT 'epoch'::timestamptz + i * interval '37 minutes' FROM generate_series(1, 5000) i",
    "numeric(10,2)": "SELECT i / 7.0 FROM generate_series(1, 5000) i",
    "double precision": "SELECT i / 7.0::float8 FROM generate_series(1, 5000) i",
}


@pytest.mark.parametrize("type_", KEYS)
def test_keyset_over_a_key_of_any_type(connection: psycopg.Connection, run: Run, type_: str) -> None:
    connection.execute(f"CREATE TABLE items (id {type_} PRIMARY KEY, n int NOT NULL DEFAULT 0)".encode())
    connection.execute(f"INSERT INTO items (id) {KEYS[type_]}".encode())
    assert run(keyset(), policy=Policy(batch_rows=300)) == 5000
    assert scalar(connection, "SELECT array_agg(DISTINCT n) FROM items") == [1]


def test_keyset_over_a_composite_key(connection: psycopg.Connection, run: Run) -> None:
    connection.execute('CREATE TABLE items (b text, "A" uuid, n int NOT NULL DEFAULT 0, PRIMARY KEY (b, "A"))')
    connection.execute("INSERT INTO items SELECT i % 7, md5(i::text)::uuid FROM generate_series(1, 5000) i")
    step = keyset(
        key=("b", "A"),
        update='UPDATE public.items SET n = n + 1 WHERE (b, "A") > ($1, $2) AND (b, "A") <= ($3, $4)',
        update_from_start='UPDATE public.items SET n = n + 1 WHERE (b, "A") <= ($1, $2)',
    )
    assert run(step, policy=Policy(batch_rows=300)) == 5000
    assert scalar(connection, "SELECT array_agg(DISTINCT n) FROM items") == [1]


def test_whole_runs_the_statement_once(items: psycopg.Connection, run: Run) -> None:
    step = keyset(method="whole", key=(), update="UPDATE public.items SET n = n + 1", update_from_start=None)
    assert run(step) == 20000
    assert run(step) == 20000
    assert scalar(items, "SELECT count(*) FROM items WHERE n <> id + 1") == 0


@pytest.mark.parametrize("make", [stripes, keyset])
def test_an_empty_table_is_done_at_once(connection: psycopg.Connection, run: Run, make: Callable[[], Backfill]) -> None:
    connection.execute(ITEMS)
    assert run(make()) == 0
    (state,) = progress(connection, 1)
    assert state.state == "done"


def test_search_path_is_the_steps(items: psycopg.Connection, run: Run) -> None:
    items.execute('CREATE SCHEMA "Odd one"')
    items.execute('CREATE FUNCTION "Odd one".twice(int) RETURNS int IMMUTABLE LANGUAGE sql RETURN $1 * 2')
    step = stripes(
        update="UPDATE items SET total = twice(n) WHERE ctid >= $1::tid AND ctid < $2::tid AND id % 16 = $3 "
        "AND total IS NULL",
        search_path=("Odd one", "public"),
    )
    assert run(step) == 20000


@pytest.mark.parametrize("method", ["stripes", "keyset", "whole"])
def test_a_bad_row_is_named_and_can_be_mended(items: psycopg.Connection, run: Run, method: str) -> None:
    items.execute("DROP TRIGGER zz_online_migrate_test ON items")
    items.execute("UPDATE items SET n = 0 WHERE id = 12345")
    bounds = {
        "stripes": "ctid >= $1::tid AND ctid < $2::tid AND id % 16 = $3 AND total IS NULL",
        "keyset": "id > $1 AND id <= $2",
        "whole": "true",
    }
    step = stripes(
        method=method,
        update=f"UPDATE public.items SET total = 100 / n WHERE {bounds[method]}",
        update_from_start="UPDATE public.items SET total = 100 / n WHERE id <= $1",
        remaining="SELECT count(*) FROM public.items WHERE total IS NULL",
    )
    with pytest.raises(BadRow, match="division by zero") as raised:
        run(step)
    assert raised.value.key == ({} if method == "whole" else {"id": "12345"})
    (state,) = progress(items, 1)
    assert state.state == "stopped"
    assert (state.rows_done == 0) == (method == "whole")
    assert scalar(items, "SELECT count(*) FROM items WHERE total IS NOT NULL") == state.rows_done
    items.execute("UPDATE items SET n = 1 WHERE id = 12345")
    assert run(step) == 20000


def test_a_deferred_constraint_names_its_row_too(items: psycopg.Connection, run: Run) -> None:
    items.execute("CREATE TABLE parents (id int PRIMARY KEY)")
    items.execute("INSERT INTO parents SELECT n FROM items WHERE n <> 777")
    items.execute("ALTER TABLE items ADD parent int REFERENCES parents DEFERRABLE INITIALLY DEFERRED")
    step = keyset(
        update="UPDATE public.items SET parent = n WHERE id > $1 AND id <= $2",
        update_from_start="UPDATE public.items SET parent = n WHERE id <= $1",
        columns=("parent",),
    )
    with pytest.raises(BadRow, match="777") as raised:
        run(step)
    assert raised.value.key == {"id": "777"}


def test_rows_that_only_together_fail(connection: psycopg.Connection, run: Run) -> None:
    connection.execute("CREATE TABLE items (id int PRIMARY KEY, n int UNIQUE)")
    connection.execute("INSERT INTO items SELECT i, i FROM generate_series(1, 100) i")
    step = keyset(
        update="UPDATE public.items SET n = 1000 WHERE id > $1 AND id <= $2 AND id IN (30, 90)",
        update_from_start="UPDATE public.items SET n = 1000 WHERE id <= $1 AND id IN (30, 90)",
    )
    with pytest.raises(BadRow, match="rows of public") as raised:
        run(step)
    assert raised.value.sqlstate == "23505"


def test_rows_that_stay_are_an_error(items: psycopg.Connection, run: Run) -> None:
    with pytest.raises(RowsLeft, match="3 passes 1 rows"):
        run(stripes(remaining="SELECT 1"))
    assert run(stripes()) == 20000


def test_a_statement_that_cannot_run_is_one_error(items: psycopg.Connection, run: Run) -> None:
    with pytest.raises(StatementFailed, match="missing") as raised:
        run(stripes(update="UPDATE items SET missing = 1 WHERE ctid > $1::tid AND ctid < $2::tid AND $3 = 1"))
    assert raised.value.sqlstate == "42703"


def test_a_stop_is_between_batches_and_carries_on(items: psycopg.Connection, run: Run) -> None:
    seen: list[Event] = []
    with pytest.raises(Stopped):
        run(keyset(), observer=seen.append, should_stop=lambda: len(seen) == 3, policy=Policy(batch_rows=100))
    assert scalar(items, "SELECT count(*) FROM items WHERE n <> id") == 300
    assert run(keyset()) == 20000


REFUSED = {
    "DROP TABLE items; CREATE TABLE items (id int, n int, total int) PARTITION BY HASH (id)": "partitioned",
    "ALTER TABLE items DISABLE TRIGGER zz_online_migrate_test": "does not fire",
    "ALTER TABLE items ENABLE REPLICA TRIGGER zz_online_migrate_test": "does not fire",
    # What CREATE SUBSCRIPTION and its refresh leave behind, without a publisher.
    "SET allow_system_table_mods = on;"
    "INSERT INTO pg_subscription_rel VALUES (1, 'items'::regclass, 'r')": "subscription",
    "DROP TABLE items": "no table",
    "DROP TABLE items; CREATE VIEW items AS SELECT 1 AS id, 1 AS n, 1 AS total": "not a table",
}


@pytest.mark.parametrize("breaker", REFUSED)
def test_what_breaks_the_argument_is_refused(items: psycopg.Connection, run: Run, breaker: str) -> None:
    items.execute(breaker.encode())
    with pytest.raises(BackfillRefused, match=REFUSED[breaker]):
        run(stripes())
    assert scalar(items, "SELECT count(*) FROM online_migrate.backfill") == 0


def test_a_key_that_may_be_null_or_is_assigned_is_refused(items: psycopg.Connection, run: Run) -> None:
    with pytest.raises(BackfillRefused, match="may be NULL"):
        run(keyset(key=("pad",)))
    with pytest.raises(BackfillRefused, match="assigns its own key"):
        run(keyset(columns=("id",)))


def test_each_partition_is_walked_for_itself(connection: psycopg.Connection, run: Run) -> None:
    connection.execute("CREATE TABLE items (id int PRIMARY KEY, n int, total int) PARTITION BY HASH (id)")
    for number in range(2):
        partition = sql.Identifier(f"items_{number}")
        connection.execute(
            sql.SQL("CREATE TABLE {} PARTITION OF items FOR VALUES WITH (MODULUS 2, REMAINDER {})").format(
                partition, sql.Literal(number)
            )
        )
    connection.execute("INSERT INTO items SELECT i, i FROM generate_series(1, 1000) i")
    changed = 0
    for number in range(2):
        leaf = f"items_{number}"
        where = "ctid >= $1::tid AND ctid < $2::tid AND id % 16 = $3"
        step = stripes(
            table=leaf,
            update=f"UPDATE ONLY {leaf} SET total = n * 2 WHERE {where} AND total IS NULL",
            remaining=None,
            id=leaf,
        )
        assert step.table == RelationName("public", leaf)
        changed += run(step)
    assert changed == 1000
    assert run(keyset(), policy=Policy(batch_rows=100)) == 1000
    assert scalar(connection, "SELECT bool_and(n = id + 1) FROM items") is True


def test_updates_stay_hot_and_the_table_small(connection: psycopg.Connection, run: Run) -> None:
    connection.execute("CREATE TABLE items (id bigint PRIMARY KEY, n int NOT NULL, pad text, other int, total int)")
    connection.execute("ALTER TABLE items SET (autovacuum_enabled = off)")
    rows = "SELECT i, i, repeat('x', 60), i FROM generate_series(1, 100000) i"
    connection.execute(f"INSERT INTO items {rows}".encode())
    connection.execute("CREATE INDEX ON items (other)")
    connection.execute("CHECKPOINT")
    connection.execute(FILL)
    before = scalar(connection, "SELECT pg_total_relation_size('items')")
    assert run(stripes()) == 100000
    after = scalar(connection, "SELECT pg_total_relation_size('items')")
    assert isinstance(before, int)
    assert isinstance(after, int)
    # A session hands in its counts when it ends, which the server does in its own time.
    counted = "SELECT n_tup_upd >= 100000 FROM pg_stat_user_tables WHERE relname = 'items'"
    until(lambda: scalar(connection, counted), "the updates are counted")
    hot = scalar(
        connection, "SELECT n_tup_hot_upd::float8 / n_tup_upd FROM pg_stat_user_tables WHERE relname = 'items'"
    )
    assert isinstance(hot, float)
    print(f"size {after / before:.3f} of the start, HOT share {hot:.3f}")
    assert after / before <= 1.35
    assert hot >= 0.6
