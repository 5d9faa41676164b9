"""Columns that get another type, for which the table would be written anew, with everything on them."""

from tests.strategies.key_types import KEY_TYPES
from tests.strategies.lifecycle import Case

LOADED = """
    CREATE TABLE place (id bigint PRIMARY KEY, code integer UNIQUE);
    INSERT INTO place SELECT i, i FROM generate_series(1, 60) i;
    CREATE TABLE person (
        id integer PRIMARY KEY, "Level ""%s" integer NOT NULL DEFAULT 7 CHECK ("Level ""%s" > 0), number serial,
        place integer CONSTRAINT lives REFERENCES place (id) ON DELETE SET NULL DEFERRABLE, other real, free integer,
        CONSTRAINT one_level UNIQUE ("Level ""%s", place),
        CONSTRAINT sane CHECK ("Level ""%s" + id > 1), CONSTRAINT codes FOREIGN KEY (free) REFERENCES place (code)
    );
    INSERT INTO person (id, "Level ""%s", place, other, free)
    SELECT i, i + 5, nullif(i, 7), i / 4.0, i FROM generate_series(1, 60) i;
    CREATE INDEX person_level ON person ("Level ""%s" DESC NULLS LAST, ("Level ""%s" * 2)) INCLUDE (place)
        WITH (fillfactor = 80) WHERE "Level ""%s" > 10;
    CREATE UNIQUE INDEX person_number ON person (number) WHERE number > 0;
    CREATE INDEX person_places ON person USING hash (place);
    COMMENT ON COLUMN person."Level ""%s" IS 'how far';
    COMMENT ON CONSTRAINT one_level ON person IS 'once';
    COMMENT ON CONSTRAINT sane ON person IS 'mind';
    COMMENT ON CONSTRAINT lives ON person IS 'home';
    COMMENT ON INDEX person_level IS 'fast';
    ALTER TABLE person ALTER "Level ""%s" SET STATISTICS 500;
    ALTER TABLE person ALTER "Level ""%s" SET (n_distinct = -0.50, n_distinct_inherited = 7);
    GRANT SELECT ("Level ""%s", place), UPDATE ("Level ""%s") ON person TO PUBLIC;
"""
LEVEL = '"Level ""%s"'


def _type(name: str, column: str, type_: str, setup: str = LOADED, rest: tuple[str, ...] = ()) -> Case:
    change = f"ALTER TABLE person ALTER COLUMN {column} TYPE {type_}"
    return Case(name=f"type {name}", setup=setup, operations=(change, *rest))


TYPES = (
    _type("of a column with all there can be on it", LEVEL, "bigint"),
    _type("to numeric", LEVEL, f"numeric USING {LEVEL}::bigint"),
    _type("of a serial column", "number", "bigint"),
    _type("of a foreign key", "place", "bigint"),
    _type("of a foreign key to an integer", "free", "bigint"),
    _type("of a float", "other", "double precision"),
    _type("of two columns of one index", LEVEL, "bigint", rest=("ALTER TABLE person ALTER COLUMN place TYPE bigint",)),
    _type("and then more", "free", "bigint", rest=("CREATE INDEX ON person (free)", "UPDATE person SET free = free")),
    _type(
        "of a column that is then renamed", "free", "bigint", rest=("ALTER TABLE person RENAME COLUMN free TO bound",)
    ),
    _type("of a primary key", "id", "bigint"),
    *KEY_TYPES,
)
