"""The changes that the strategies are tried on."""

from tests.strategies.lifecycle import Case
from tests.strategies.moves import MOVES
from tests.strategies.numbered import NUMBERED
from tests.strategies.objects import OBJECTS
from tests.strategies.partitions import PARTITIONS
from tests.strategies.renames import RENAMES
from tests.strategies.rows import ROWS
from tests.strategies.types import TYPES

PEOPLE = """
    CREATE TABLE people (id integer PRIMARY KEY, name text NOT NULL, email text, age integer, note text);
    INSERT INTO people SELECT i, 'name ' || i, 'p' || i || '@x', i % 90, NULL FROM generate_series(1, 60) i;
"""
ORDERS = (
    PEOPLE
    + """
    CREATE TABLE orders (id bigint PRIMARY KEY, person_id integer NOT NULL, total numeric(10, 2) NOT NULL, state text);
    INSERT INTO orders SELECT i, i % 60 + 1, i, CASE WHEN i % 2 = 0 THEN 'new' END FROM generate_series(1, 60) i;
"""
)
PARTITIONED = """
    CREATE TABLE people (id integer PRIMARY KEY);
    INSERT INTO people SELECT generate_series(1, 60);
    CREATE TABLE events (id integer NOT NULL, day integer NOT NULL, person_id int, note text) PARTITION BY RANGE (day);
    CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (10);
    CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (10) TO (100) PARTITION BY LIST (id);
    CREATE TABLE events_2_a PARTITION OF events_2 DEFAULT;
    INSERT INTO events SELECT i, i % 30, i % 60 + 1, 'x' FROM generate_series(1, 60) i;
"""
HOSTILE = """
    CREATE SCHEMA "my.schema";
    CREATE TABLE "my.schema"."The "" 'table' %s {x}" ("Id ""q" bigint PRIMARY KEY, "select" text, "a$1" integer);
    INSERT INTO "my.schema"."The "" 'table' %s {x}" SELECT i, 'v' || i, i FROM generate_series(1, 40) i;
"""
LONG = "a" * 40
INDEX = """
    CREATE INDEX IF NOT EXISTS by_name ON people USING btree (lower(name) text_pattern_ops DESC) INCLUDE (age)
    WITH (fillfactor = 70) WHERE age > 3
"""
ITEMS = """
    CREATE TABLE items (
        id bigserial PRIMARY KEY, order_id bigint NOT NULL REFERENCES orders ON DELETE CASCADE,
        person_id integer REFERENCES people DEFERRABLE, parent bigint REFERENCES items,
        kind text UNIQUE CHECK (kind <> ''), FOREIGN KEY (person_id) REFERENCES people (id)
    )
"""

CASES = (
    Case(name="add nullable column", setup=PEOPLE, operations=("ALTER TABLE people ADD COLUMN nick text",)),
    Case(
        name="add column with constant default",
        setup=PEOPLE,
        operations=("ALTER TABLE people ADD COLUMN nick text DEFAULT 'x' NOT NULL",),
    ),
    Case(
        name="add column with stable default",
        setup=PEOPLE,
        operations=("ALTER TABLE people ADD COLUMN made timestamptz DEFAULT now()",),
        ignore=("public.people.made",),
    ),
    Case(
        name="add column with volatile default",
        setup=PEOPLE,
        operations=("ALTER TABLE people ADD COLUMN token uuid DEFAULT gen_random_uuid() NOT NULL",),
        ignore=("public.people.token",),
    ),
    Case(
        name="add column with volatile default to a table without a key",
        setup="CREATE TABLE log (line text); INSERT INTO log SELECT 'x' || i FROM generate_series(1, 40) i;",
        operations=("ALTER TABLE log ADD COLUMN token uuid DEFAULT gen_random_uuid()",),
        ignore=("public.log.token",),
    ),
    Case(
        name="add serial column",
        setup=PEOPLE,
        operations=("ALTER TABLE people ADD COLUMN number bigserial",),
    ),
    Case(
        name="add serial primary key",
        setup="CREATE TABLE log (line text); INSERT INTO log SELECT 'x' || i FROM generate_series(1, 40) i;",
        operations=("ALTER TABLE log ADD COLUMN id serial PRIMARY KEY",),
        ignore=("public.log.id",),
    ),
    Case(
        name="add not null column with python default",
        setup=PEOPLE,
        operations=("ALTER TABLE people ADD COLUMN active boolean NOT NULL",),
        python_defaults={0: "true"},
    ),
    Case(
        name="add not null column that an update fills",
        setup="CREATE TABLE people (id integer PRIMARY KEY, name text NOT NULL);",
        operations=(
            "ALTER TABLE people ADD COLUMN nick text NOT NULL",
            "UPDATE people SET nick = lower(name)",
        ),
    ),
    Case(
        name="add column with inline constraints",
        setup=ORDERS,
        operations=(
            "ALTER TABLE orders ADD COLUMN buyer integer DEFAULT 1 REFERENCES people CHECK (buyer > 0)",
            "ALTER TABLE orders ADD COLUMN code text UNIQUE",
        ),
    ),
    Case(
        name="add column to partitioned table",
        setup=PARTITIONED,
        operations=("ALTER TABLE events ADD COLUMN token uuid DEFAULT gen_random_uuid() NOT NULL",),
        ignore=("public.events_1.token", "public.events_2_a.token"),
    ),
    Case(
        name="fill and tighten",
        setup=PEOPLE,
        operations=(
            "ALTER TABLE people ADD COLUMN full_name text",
            "UPDATE people SET full_name = name || ' ' || coalesce(email, '')",
            "ALTER TABLE people ALTER COLUMN full_name SET NOT NULL",
        ),
    ),
    Case(
        name="fill and tighten on partitions",
        setup=PARTITIONED,
        operations=(
            "ALTER TABLE events ADD COLUMN label text",
            "UPDATE events SET label = upper(note) WHERE label IS NULL",
            "ALTER TABLE events ALTER COLUMN label SET NOT NULL",
        ),
    ),
    Case(
        name="fill and tighten an old column",
        setup=ORDERS,
        operations=(
            "UPDATE orders SET state = 'old' WHERE state IS NULL",
            "ALTER TABLE orders ALTER COLUMN state SET NOT NULL",
        ),
    ),
    Case(
        name="tighten under a name",
        setup=PEOPLE,
        operations=("ALTER TABLE people ADD CONSTRAINT has_email NOT NULL email",),
        since=18,
    ),
    Case(
        name="tighten what a check proves",
        setup=PEOPLE + "ALTER TABLE people ADD CONSTRAINT has_email CHECK (email IS NOT NULL);",
        operations=("ALTER TABLE people ALTER COLUMN email SET NOT NULL",),
    ),
    Case(name="update that is not idempotent", setup=PEOPLE, operations=("UPDATE people SET age = age + 1",)),
    Case(
        name="update by composite key",
        setup="CREATE TABLE t (a text, b uuid, n integer, PRIMARY KEY (a, b));"
        " INSERT INTO t SELECT 'x' || i % 3, gen_random_uuid(), i FROM generate_series(1, 30) i;",
        operations=("UPDATE t SET n = n * 2 WHERE n > 4",),
        ignore=("public.t.b", "public.t.a"),
    ),
    Case(
        name="update of json, rounded and cast values",
        setup="CREATE TABLE t (id bigint PRIMARY KEY, j json, n numeric(4, 1), v varchar(4), s text, d smallint);"
        " INSERT INTO t SELECT i, '{}', i, 'a', '' FROM generate_series(-20, 20) i;",
        operations=(
            "UPDATE t SET j = '{\"a\": 1}', n = id / 3.0, v = 'ab', d = 3",
            "UPDATE t SET s = 5::text",
        ),
    ),
    Case(
        name="update from another table",
        setup=ORDERS,
        operations=("UPDATE orders o SET state = p.name FROM people p WHERE p.id = o.person_id AND o.total > 10",),
    ),
    Case(
        name="update that looks at other rows",
        setup=PEOPLE,
        operations=("UPDATE people SET note = (SELECT max(age) FROM people)",),
    ),
    Case(
        name="update of an indexed column",
        setup=PEOPLE + "CREATE INDEX ON people (note);",
        operations=("UPDATE people SET note = name",),
    ),
    Case(
        name="foreign key",
        setup=ORDERS,
        operations=(
            "ALTER TABLE orders ADD FOREIGN KEY (person_id) REFERENCES people ON DELETE CASCADE INITIALLY DEFERRED",
        ),
    ),
    Case(
        name="foreign key of a partitioned table",
        setup=PARTITIONED,
        operations=("ALTER TABLE events ADD FOREIGN KEY (person_id) REFERENCES people (id)",),
    ),
    Case(
        name="foreign key to a partitioned table",
        setup=PARTITIONED
        + "ALTER TABLE events ADD PRIMARY KEY (id, day); CREATE TABLE notes (event integer, day integer);"
        " INSERT INTO notes SELECT id, day FROM events;",
        operations=("ALTER TABLE notes ADD FOREIGN KEY (event, day) REFERENCES events",),
    ),
    Case(
        name="foreign key to itself",
        setup=PEOPLE,
        operations=("ALTER TABLE people ADD CONSTRAINT boss FOREIGN KEY (age) REFERENCES people NOT VALID",),
    ),
    Case(
        name="foreign key to itself, checked",
        setup="CREATE TABLE t (id integer PRIMARY KEY, up integer); INSERT INTO t VALUES (1, NULL), (2, 1);",
        operations=("ALTER TABLE t ADD CONSTRAINT t_up FOREIGN KEY (up) REFERENCES t",),
    ),
    Case(
        name="check",
        setup=PEOPLE,
        operations=("ALTER TABLE people ADD CONSTRAINT grown CHECK (age >= 0 OR name = 'don''t')",),
    ),
    Case(
        name="check of a partitioned table",
        setup=PARTITIONED,
        operations=("ALTER TABLE events ADD CHECK (id > 0)",),
    ),
    Case(
        name="check that refuses null",
        setup=PEOPLE,
        operations=(
            "ALTER TABLE people ADD COLUMN nick text",
            "UPDATE people SET nick = (SELECT 'x')",
            "ALTER TABLE people ADD CONSTRAINT nicked CHECK (nick IS NOT NULL AND nick <> '')",
        ),
    ),
    Case(
        name="unique",
        setup=PEOPLE,
        operations=(
            "ALTER TABLE people ADD CONSTRAINT one_email UNIQUE (email, age) INCLUDE (id) INITIALLY DEFERRED",
            "ALTER TABLE people ADD UNIQUE (email)",
        ),
    ),
    Case(
        name="unique with NULL as a value",
        setup=PEOPLE,
        operations=("ALTER TABLE people ADD UNIQUE NULLS NOT DISTINCT (email, age)",),
        since=15,
    ),
    Case(
        name="unique on a partitioned table",
        setup=PARTITIONED,
        operations=("ALTER TABLE events_2 ADD UNIQUE (id, day)",),
    ),
    Case(
        name="primary key",
        setup="CREATE TABLE t (a integer, b text, c text); INSERT INTO t SELECT i, i, i FROM generate_series(1, 40) i;",
        operations=("ALTER TABLE t ADD PRIMARY KEY (b, a)",),
    ),
    Case(
        name="create index",
        setup=PEOPLE,
        operations=(
            INDEX,
            "CREATE UNIQUE INDEX ON people (email)",
            "CREATE INDEX CONCURRENTLY by_age ON people (age)",
        ),
    ),
    Case(
        name="create index on partitioned table",
        setup=PARTITIONED,
        operations=(
            "CREATE INDEX ON events (note, (id + 1))",
            f"CREATE INDEX {LONG}_{LONG[:20]} ON events (person_id)",
        ),
    ),
    Case(
        name="drop index",
        setup=PEOPLE + "CREATE INDEX by_name ON people (name) WHERE age > 3;",
        operations=("DROP INDEX by_name",),
    ),
    Case(
        name="primary key from an index of columns that may be NULL",
        setup="CREATE TABLE t (a integer, b integer NOT NULL, c text); CREATE UNIQUE INDEX by_both ON t (a, b);"
        " INSERT INTO t SELECT i, i, 'x' FROM generate_series(1, 40) i;",
        operations=("ALTER TABLE t ADD CONSTRAINT t_pkey PRIMARY KEY USING INDEX by_both",),
    ),
    Case(
        name="rebuild indexes",
        setup=PEOPLE + "CREATE INDEX by_name ON people (name); CREATE INDEX by_age ON people (age);",
        operations=("REINDEX INDEX by_name", "REINDEX TABLE people"),
    ),
    Case(
        name="refresh a view",
        setup=PEOPLE
        + "CREATE MATERIALIZED VIEW ages AS SELECT age, count(*) FROM people GROUP BY age;"
        + "CREATE UNIQUE INDEX ON ages (age); DELETE FROM people WHERE age > 40; UPDATE people SET age = age + 1;"
        + "CREATE MATERIALIZED VIEW names AS SELECT name FROM people WITH NO DATA;"
        + "CREATE UNIQUE INDEX ON names (name);",
        operations=("REFRESH MATERIALIZED VIEW ages", "REFRESH MATERIALIZED VIEW names"),
    ),
    Case(
        name="drop column",
        setup=ORDERS
        + "ALTER TABLE orders ADD CONSTRAINT of_person FOREIGN KEY (person_id) REFERENCES people;"
        + "CREATE INDEX by_person ON orders (person_id, total); CREATE INDEX by_state ON orders (state);",
        operations=("ALTER TABLE orders DROP COLUMN person_id",),
    ),
    Case(
        name="drop column that checks keep from being NULL",
        setup=PEOPLE
        + """
        ALTER TABLE people ADD CONSTRAINT known CHECK (email IS NOT NULL AND email <> '');
        ALTER TABLE people ADD CONSTRAINT later CHECK (email IS NOT NULL) NOT VALID;
        COMMENT ON CONSTRAINT known ON people IS 'why';
        """,
        operations=(
            "CREATE TABLE below (own text) INHERITS (people)",
            "ALTER TABLE people DROP COLUMN email",
            "INSERT INTO below (id, name) VALUES (1, 'a')",
        ),
    ),
    Case(
        name="drop column with keys and indexes of every sort",
        setup=PEOPLE
        + "CREATE TABLE t (a integer, b integer UNIQUE, c text, d integer REFERENCES people, PRIMARY KEY (a, b),"
        " UNIQUE (b, c), CHECK (b > a), EXCLUDE (b WITH =));"
        " INSERT INTO t SELECT i, i + 1, 'c', i FROM generate_series(1, 40) i;"
        " CREATE INDEX ON t (c) WHERE b > 3; CREATE INDEX ON t (c, (b + 1)); CREATE INDEX ON t (c) INCLUDE (b);"
        " CREATE UNIQUE INDEX ON t (d, b DESC); CREATE STATISTICS of_t ON a, b FROM t;",
        operations=("ALTER TABLE t DROP COLUMN b",),
    ),
    Case(
        name="change and drop defaults",
        setup=PEOPLE + "ALTER TABLE people ALTER name SET DEFAULT 'x', ALTER age SET DEFAULT 3;",
        operations=(
            "ALTER TABLE people ALTER COLUMN note SET DEFAULT clock_timestamp()::text",
            "ALTER TABLE people ALTER COLUMN age DROP DEFAULT",
            "ALTER TABLE people ALTER COLUMN name DROP DEFAULT",
        ),
    ),
    Case(
        name="drop column of a partitioned table",
        setup=PARTITIONED + "CREATE INDEX ON events (note); ALTER TABLE events ALTER note SET NOT NULL;",
        operations=("ALTER TABLE events DROP COLUMN note",),
    ),
    Case(
        name="drop column that others refer to",
        setup=ORDERS + "ALTER TABLE orders ADD FOREIGN KEY (person_id) REFERENCES people;",
        operations=("ALTER TABLE people DROP COLUMN id CASCADE",),
    ),
    Case(
        name="create table with foreign keys",
        setup=ORDERS,
        operations=(
            ITEMS,
            "CREATE INDEX ON items (order_id)",
        ),
    ),
    Case(
        name="drop table",
        setup=ORDERS + "ALTER TABLE orders ADD FOREIGN KEY (person_id) REFERENCES people;",
        operations=("DROP TABLE orders",),
    ),
    Case(
        name="drop table with cascade",
        setup=ORDERS + "ALTER TABLE orders ADD FOREIGN KEY (person_id) REFERENCES people;",
        operations=("DROP TABLE people CASCADE",),
    ),
    Case(
        name="loosen",
        setup=PEOPLE + "ALTER TABLE people ALTER age SET DEFAULT 7; CREATE TYPE mood AS ENUM ('a');",
        operations=(
            "ALTER TABLE people ALTER COLUMN name DROP NOT NULL",
            "ALTER TABLE people ALTER COLUMN age SET DEFAULT 8",
            "ALTER TABLE people ALTER COLUMN note SET DEFAULT 'x'",
            "ALTER TABLE people ALTER COLUMN age DROP DEFAULT",
        ),
    ),
    Case(
        name="enum value and its use",
        setup="CREATE TYPE mood AS ENUM ('a'); CREATE TABLE t (id integer PRIMARY KEY, m mood);"
        " INSERT INTO t SELECT generate_series(1, 20), 'a';",
        operations=("ALTER TYPE mood ADD VALUE 'b' BEFORE 'a'", "UPDATE t SET m = 'b' WHERE m IS NULL OR id > 3"),
    ),
    *PARTITIONS,
    *OBJECTS,
    *NUMBERED,
    *RENAMES,
    *MOVES,
    *ROWS,
    *TYPES,
    Case(
        name="rename, constraints and views as written",
        setup=PEOPLE + "ALTER TABLE people ADD CONSTRAINT c CHECK (age < 1000);",
        operations=(
            "ALTER TABLE people RENAME COLUMN note TO remark",
            "ALTER TABLE people RENAME CONSTRAINT c TO d",
            "CREATE VIEW grown AS SELECT id FROM people WHERE age > 18",
            "CREATE TYPE mood AS ENUM ('a')",
            "CREATE SEQUENCE s",
        ),
    ),
    Case(
        name="hostile names",
        setup=HOSTILE,
        search_path=("my.schema", "public"),
        operations=(
            """ALTER TABLE "The "" 'table' %s {x}" ADD COLUMN "new ""'{}%" text""",
            """UPDATE "The "" 'table' %s {x}" SET "new ""'{}%" = "select" || '{%}'' $1' WHERE "new ""'{}%" IS NULL""",
            """ALTER TABLE "The "" 'table' %s {x}" ALTER COLUMN "new ""'{}%" SET NOT NULL""",
            """ALTER TABLE "The "" 'table' %s {x}" ADD UNIQUE ("select", "a$1")""",
            """CREATE INDEX "The index ""%s" ON "The "" 'table' %s {x}" ("a$1") WHERE "select" <> '%s'""",
            """UPDATE "The "" 'table' %s {x}" SET "a$1" = "a$1" + 1""",
        ),
    ),
    Case(
        name="names that must be cut",
        setup=f"CREATE TABLE {LONG} (id integer, {LONG}b integer, {LONG}c integer);",
        operations=(
            f"ALTER TABLE {LONG} ADD UNIQUE ({LONG}b, {LONG}c)",
            f"ALTER TABLE {LONG} ADD CHECK ({LONG}b > 0)",
            f"ALTER TABLE {LONG} ALTER COLUMN {LONG}c SET NOT NULL",
        ),
    ),
)
