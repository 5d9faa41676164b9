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
    CREATE STATISTICS "of ""level" (ndistinct, mcv) ON "Level ""%s", place FROM person;
    CREATE STATISTICS computed ON ("Level ""%s" + 1), (free * 2) FROM person;
    COMMENT ON STATISTICS "of ""level" IS 'how they go together';
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


MIXED = """
    CREATE TYPE mood AS ENUM ('sad', 'glad');
    CREATE TABLE mixed (
        id integer PRIMARY KEY, digits varchar(9), doc text NOT NULL, number integer DEFAULT 5 UNIQUE,
        at timestamp(3) NOT NULL DEFAULT '2020-01-01', zoned timestamptz, feel mood NOT NULL, price numeric(12, 4),
        big bigint CHECK (big > 0) UNIQUE, body json, word text
    );
    INSERT INTO mixed SELECT i, nullif(i, 3)::text, '{"a": ' || i || '}', i, timestamp '2024-03-30 23:30:00.123456' + i
        * interval '20 min', timestamptz '2024-10-26 20:00Z' + i * interval '20 min',
        CASE WHEN i % 2 = 0 THEN 'sad' ELSE 'glad' END::mood, i / 7.0, i + 5, to_json(i), 'glad'
    FROM generate_series(1, 60) i;
    CREATE INDEX mixed_digits ON mixed (digits DESC) INCLUDE (id);
    COMMENT ON COLUMN mixed.doc IS 'said';
"""
LONGER = """
    CREATE TABLE person (
        id integer PRIMARY KEY, word varchar(10) NOT NULL DEFAULT 'w' CHECK (length(word) > 0),
        price numeric(8, 2) CHECK (price > 0)
    );
    INSERT INTO person SELECT i, 'word' || i, i FROM generate_series(1, 60) i;
    CREATE INDEX person_word ON person (lower(word)) WHERE word <> '';
"""
CHANGES = (
    ("digits", "integer", "USING digits::integer"),
    ("digits", "varchar(5)", ""),
    ("doc", "jsonb", "USING mixed.doc::jsonb"),
    ("number", "text", ""),
    ("feel", "text", ""),
    ("price", "numeric(9,2)", ""),
    ("price", "bigint", "USING (price * 100 + id)::bigint"),
    ("big", "integer", ""),
    ("body", "jsonb", ""),
    ("word", "mood", "USING word::mood"),
    ("word", "boolean", "USING (CASE WHEN word = 'glad' THEN true WHEN word = 'sad' THEN NULL ELSE false END)"),
)
"""Column, type, USING: values that may not fit, or that code reads another way."""


def _changed(column: str, type_: str) -> Case:
    change = f"ALTER TABLE mixed ALTER COLUMN {column} TYPE {type_}"
    return Case(name=f"type changed: {column} {type_}", setup=MIXED, operations=(change,))


TYPES = (
    _type("of a column with all there can be on it", LEVEL, "bigint"),
    _type("to numeric", LEVEL, f"numeric USING {LEVEL}::bigint"),
    _type("of a serial column", "number", "bigint"),
    _type("of a foreign key", "place", "bigint"),
    _type("of a foreign key to an integer", "free", "bigint"),
    _type("of a float", "other", "double precision"),
    _type("of two columns of one index", LEVEL, "bigint", rest=("ALTER TABLE person ALTER COLUMN place TYPE bigint",)),
    _type("that only makes room, with a check and an index", "word", "varchar(100)", LONGER),
    _type("that drops the limit, with a check and an index", "word", "text", LONGER),
    _type("of more digits, with a check", "price", "numeric(12, 2)", LONGER),
    _type("and then more", "free", "bigint", rest=("CREATE INDEX ON person (free)", "UPDATE person SET free = free")),
    _type(
        "of a column that is then renamed", "free", "bigint", rest=("ALTER TABLE person RENAME COLUMN free TO bound",)
    ),
    _type("of a primary key", "id", "bigint"),
    *KEY_TYPES,
    *(_changed(column, f"{type_} {using}") for column, type_, using in CHANGES),
    *(
        Case(
            name=f"type changed: {column} {type_}, where the time is not UTC",
            setup=f"SET timezone = 'Europe/Berlin'; {MIXED}",
            operations=(f"ALTER TABLE mixed ALTER COLUMN {column} TYPE {type_}",),
        )
        for column, type_ in (("at", "timestamptz"), ("zoned", "timestamp(0)"))
    ),
    Case(
        name="type changed: with another default",
        setup=MIXED,
        operations=(
            "ALTER TABLE mixed ALTER COLUMN number DROP DEFAULT",
            "ALTER TABLE mixed ALTER COLUMN number TYPE text",
            "ALTER TABLE mixed ALTER COLUMN number SET DEFAULT 'five'",
        ),
    ),
    Case(
        name="type changed: an enum for another of the same name",
        setup=MIXED,
        operations=(
            "ALTER TYPE mood RENAME TO mood_old",
            "CREATE TYPE mood AS ENUM ('sad', 'fine', 'glad')",
            "ALTER TABLE mixed ALTER COLUMN feel TYPE mood USING feel::text::mood",
            "DROP TYPE mood_old",
        ),
    ),
)
