"""A fingerprint changes with what a plan rests on, and only then."""

import psycopg
import pytest

from online_migrate.catalog.fingerprint import difference, fingerprint
from online_migrate.catalog.read import read
from online_migrate.plan.names import RelationName

TABLES = (RelationName("public", "users"), RelationName("public", "events"))

CHANGES = (
    ("ALTER TABLE users ADD COLUMN nick text", "public.users: column nick was added"),
    (
        "ALTER TABLE users ALTER manager_id TYPE bigint",
        "public.users: column manager_id was integer nullable and is bigint nullable",
    ),
    ("DROP INDEX covering", "public.users: index covering was dropped"),
    ("ALTER TABLE users DROP CONSTRAINT named", "public.users: constraint named was dropped"),
    ("DROP TABLE events_rest", "public.events_rest: the relation was dropped"),
    ("DROP TABLE events", "public.events: the relation was dropped"),
)


@pytest.mark.parametrize(("statement", "words"), CHANGES)
def test_a_change_of_structure_is_seen_and_named(sample: psycopg.Connection, statement: str, words: str) -> None:
    before = read(sample)
    sample.execute(statement.encode())
    after = read(sample)
    assert fingerprint(before, TABLES) != fingerprint(after, TABLES)
    assert words in difference(before, after, TABLES)


@pytest.mark.parametrize(
    "statement",
    ["INSERT INTO users (email) VALUES ('a')", "ALTER TABLE orders ADD COLUMN x integer", "CREATE TABLE more ()"],
)
def test_rows_and_other_tables_do_not_matter(sample: psycopg.Connection, statement: str) -> None:
    before = read(sample)
    sample.execute(statement.encode())
    after = read(sample)
    assert fingerprint(before, TABLES) == fingerprint(after, TABLES)
    assert difference(before, after, TABLES) == ()


def test_a_missing_table_is_absent_until_it_is_there(sample: psycopg.Connection) -> None:
    name = RelationName("public", "later")
    before = read(sample)
    sample.execute("CREATE TABLE later ()")
    assert fingerprint(before, [name]) != fingerprint(read(sample), [name])
    assert difference(before, read(sample), [name]) == ("public.later: the relation was created",)
