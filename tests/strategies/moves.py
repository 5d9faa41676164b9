"""Tables that get another name or schema, with everything on them that must be as it was."""

from tests.strategies.lifecycle import Case
from tests.strategies.renames import LOADED, PARTS, WATCHED

GRANTED = (
    LOADED
    + """
    GRANT SELECT, INSERT ON person TO PUBLIC;
    ALTER TABLE person ENABLE ROW LEVEL SECURITY;
    COMMENT ON TABLE person IS 'who there is';
    CREATE TABLE pet (id serial PRIMARY KEY, owner bigint REFERENCES person);
    CREATE SCHEMA other;
"""
)
INDEXED = """
    CREATE TABLE person (id integer PRIMARY KEY, name text, changes integer DEFAULT 0, told text);
    INSERT INTO person (id, name) SELECT i, 'n' || i FROM generate_series(1, 60) i;
    CREATE INDEX by_name ON person (name);
    CREATE SCHEMA other;
"""


def _case(name: str, setup: str, *operations: str, since: int = 14) -> Case:
    return Case(name=name, setup=setup, operations=operations, since=since)


MOVES = (
    _case("rename a table that is referenced", LOADED, "ALTER TABLE person RENAME TO human"),
    _case("rename a table with grants and policies", GRANTED, "ALTER TABLE person RENAME TO human", since=15),
    _case("rename a table with policies, as written", GRANTED, "ALTER TABLE person RENAME TO human"),
    _case("rename a table with triggers", WATCHED, 'ALTER TABLE person RENAME TO "The ""table"" %s {x}"'),
    _case("rename a partitioned table", PARTS, "ALTER TABLE event RENAME TO happening"),
    _case("rename a partition", PARTS, "ALTER TABLE event_1 RENAME TO early"),
    _case("move a table to another schema", GRANTED, "ALTER TABLE pet SET SCHEMA other"),
    _case(
        "drop, rename and fill columns, then rename the table",
        INDEXED,
        "ALTER TABLE person ADD COLUMN token text DEFAULT md5(random()::text) NOT NULL",
        "ALTER TABLE person DROP COLUMN name",
        "ALTER TABLE person RENAME COLUMN told TO note",
        "ALTER TABLE person RENAME TO human",
        "ALTER TABLE human ADD COLUMN name integer",
        "ALTER TABLE human DROP COLUMN token",
    ),
    _case(
        "widen a column and move the table twice, then work with it",
        INDEXED,
        "ALTER TABLE person ALTER COLUMN changes TYPE bigint",
        "ALTER TABLE person DROP COLUMN name",
        "ALTER TABLE person SET SCHEMA other",
        "ALTER TABLE other.person RENAME TO human",
        "ALTER TABLE other.human RENAME COLUMN told TO note",
        "CREATE INDEX human_note ON other.human (note)",
        "ALTER TABLE other.human ALTER COLUMN note TYPE varchar(30)",
    ),
    _case(
        "rename the table, widen an indexed column behind the gate and move the table",
        INDEXED + "CREATE INDEX by_changes ON person (changes);",
        "ALTER TABLE person RENAME TO human",
        "ALTER TABLE human ALTER COLUMN changes TYPE bigint",
        "ALTER TABLE human SET SCHEMA other",
    ),
    _case(
        "fill, forbid NULL and rename the table",
        INDEXED,
        "ALTER TABLE person ADD COLUMN label text",
        "UPDATE person SET label = upper(name)",
        "ALTER TABLE person ALTER COLUMN label SET NOT NULL",
        "ALTER TABLE person RENAME TO human",
    ),
    _case(
        "rename the table and give its name to another",
        WATCHED,
        "ALTER TABLE person RENAME TO human",
        "CREATE TABLE person (id integer PRIMARY KEY)",
    ),
    _case(
        "put another table in the place of one",
        WATCHED,
        "CREATE TABLE human (id integer PRIMARY KEY, name text)",
        "INSERT INTO human SELECT id, name FROM person",
        "DROP TABLE person",
        "ALTER TABLE human RENAME TO person",
    ),
    _case(
        "rename the table and drop it",
        WATCHED,
        "ALTER TABLE person RENAME TO human",
        "DROP TABLE human",
    ),
)
