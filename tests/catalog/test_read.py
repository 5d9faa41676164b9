"""What `read` says of a live database."""

import psycopg
from psycopg.pq import TransactionStatus

from online_migrate.catalog.model import Table
from online_migrate.catalog.read import read, read_functions
from online_migrate.catalog.resolve import resolver
from online_migrate.grammar.functions import definition_of
from online_migrate.plan.names import RelationName

USERS = RelationName("public", "users")


def users(connection: psycopg.Connection) -> Table:
    return read(connection).tables[USERS]


def test_columns_have_their_full_types(sample: psycopg.Connection) -> None:
    types = {column.name: column.type for column in users(sample).columns}
    assert types["email"] == "character varying(255)"
    assert types["mood"] == "public.mood"
    assert types["created_at"] == "timestamp with time zone"


def test_an_index_knows_every_column_that_it_contains(sample: psycopg.Connection) -> None:
    indexes = {index.name.name: index for index in users(sample).indexes}
    assert indexes["by_lower"].key_columns == (None,)
    assert set(indexes["by_lower"].columns) == {"email", "age"}
    assert indexes["covering"].included == ("name",)
    assert indexes["users_email_key"].constraint == "users_email_key"


def test_foreign_keys_are_found_from_both_sides(sample: psycopg.Connection) -> None:
    catalog = read(sample)
    found = {(table.name.name, constraint.name) for table, constraint in catalog.referencing(USERS)}
    assert ("orders", "orders_user") in found
    assert ("users", "users_manager_id_fkey") in found
    constraint = catalog.tables[RelationName("public", "orders")].constraint("orders_user")
    assert constraint is not None
    assert (constraint.referenced, constraint.referenced_columns, constraint.valid) == (USERS, ("id",), False)


def test_the_last_value_of_sequences_whose_column_is_short(connection: psycopg.Connection) -> None:
    connection.execute("CREATE TABLE t (id serial, big bigserial)")
    assert read(connection).last_values == {}
    connection.execute("SELECT setval('t_id_seq', 7), setval('t_big_seq', 8)")
    assert read(connection).last_values == {RelationName("public", "t_id_seq"): 7}


def test_definitions_of_functions_that_are_asked_for(connection: psycopg.Connection) -> None:
    connection.execute("CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT a'")
    connection.execute("CREATE FUNCTION f(a text) RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN a; END'")
    connection.execute("CREATE FUNCTION other() RETURNS int LANGUAGE sql AS 'SELECT 1'")
    connection.execute("CREATE FUNCTION kept() RETURNS int LANGUAGE sql AS 'SELECT 1'")
    connection.execute("REVOKE EXECUTE ON FUNCTION kept() FROM PUBLIC")
    catalog = read_functions(connection, read(connection), ["f", "kept", "now", "nothing"])
    assert list(catalog.functions) == ["f", "kept"]
    assert [definition_of(sql).name for sql in catalog.functions["f"]] == ["f", "f"]
    assert catalog.guarded_functions == {"kept"}


def test_views_are_listed_nearest_first(sample: psycopg.Connection) -> None:
    table = users(sample)
    assert [view.name for view in table.dependents] == ["adults", "old_adults"]
    assert ("email", RelationName("public", "adults")) in table.column_dependents


def test_partitions_and_their_parts_of_indexes(sample: psycopg.Connection) -> None:
    catalog = read(sample)
    events = catalog.tables[RelationName("public", "events")]
    assert events.partition_columns == ("at",)
    assert [table.name.name for table in catalog.leaves(events.name)] == ["events_2024", "events_rest"]
    rest = catalog.tables[RelationName("public", "events_rest")]
    assert rest.is_default_partition
    assert {index.parent for index in rest.indexes} == {index.name for index in events.indexes}


def test_types_know_who_uses_them_and_whether_they_check(sample: psycopg.Connection) -> None:
    types = read(sample).types
    assert types[RelationName("public", "mood")].labels == ("sad", "ok")
    assert types[RelationName("public", "mood")].used_by == ((USERS, "mood"),)
    assert types[RelationName("public", "positive")].constrained


def test_rows_that_were_never_analysed_are_estimated_from_bytes(connection: psycopg.Connection) -> None:
    connection.execute("CREATE TABLE t (id integer)")
    connection.execute("INSERT INTO t SELECT generate_series(1, 10000)")
    table = read(connection).tables[RelationName("public", "t")]
    assert table.bytes > 0
    assert 5_000 < table.rows < 20_000
    connection.execute("ANALYZE t")
    assert read(connection).tables[table.name].rows == 10_000
    connection.execute("INSERT INTO t SELECT generate_series(1, 10000)")
    assert 18_000 < read(connection).tables[table.name].rows < 22_000


def test_reading_leaves_the_session_as_it_was(connection: psycopg.Connection) -> None:
    connection.execute("CREATE SCHEMA app")
    connection.execute("SET search_path = app, missing, public")
    assert read(connection).search_path == ("app", "public")
    assert connection.info.transaction_status == TransactionStatus.IDLE
    assert connection.execute("SHOW search_path").fetchone() == ("app, missing, public",)
    connection.execute("CREATE TABLE written (id integer)")


def test_our_own_schema_is_not_part_of_it(connection: psycopg.Connection) -> None:
    connection.execute("CREATE SCHEMA online_migrate")
    connection.execute("CREATE TABLE online_migrate.journal (id integer)")
    catalog = read(connection)
    assert "online_migrate" not in catalog.schemas
    assert not catalog.tables


def test_a_role_without_privileges_can_read(connection: psycopg.Connection) -> None:
    connection.execute("CREATE SCHEMA hidden")
    connection.execute("CREATE TABLE hidden.t (id integer PRIMARY KEY)")
    connection.execute("SET ROLE pg_monitor")
    table = read(connection).tables[RelationName("hidden", "t")]
    assert not table.owned
    assert table.primary_key is not None


def test_names_resolve_along_the_path(sample: psycopg.Connection) -> None:
    catalog = read(sample)
    resolve = resolver(catalog, ("missing", "shop", "public"))
    assert resolve(None, "items") == RelationName("shop", "items")
    assert resolve(None, "users") == USERS
    assert resolve(None, "covering") == RelationName("public", "covering")
    assert resolve(None, "mood") == RelationName("public", "mood")
    assert resolve(None, "new") == RelationName("shop", "new")
    assert resolve("else", "users") == RelationName("else", "users")


def test_volatility_is_that_of_the_most_volatile_overload(sample: psycopg.Connection) -> None:
    volatility = read(sample).volatility
    assert (volatility["lower"], volatility["now"], volatility["random"]) == ("i", "s", "v")
