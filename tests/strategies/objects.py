"""Changes of what is no column, constraint or index: triggers, policies, views, types, settings."""

from tests.strategies.lifecycle import Case

PEOPLE = """
    CREATE TABLE people (
        id integer PRIMARY KEY, name text NOT NULL DEFAULT 'n', email text NOT NULL, age integer CHECK (age < 1000)
    );
    INSERT INTO people SELECT i, 'name ' || i, 'p' || i, i % 90 FROM generate_series(1, 20) i;
    CREATE UNIQUE INDEX by_email ON people (email); CREATE INDEX by_age ON people (age);
"""
TRIGGERED = (
    PEOPLE
    + """
    CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER touched BEFORE UPDATE ON people FOR EACH ROW EXECUTE FUNCTION touch();
    CREATE TRIGGER rested BEFORE DELETE ON people FOR EACH ROW EXECUTE FUNCTION touch();
    ALTER TABLE people ENABLE ALWAYS TRIGGER rested;
"""
)
GUARDED = PEOPLE + "CREATE POLICY mine ON people USING (age > 3);"
MOODS = """
    CREATE TYPE mood AS ENUM ('a', 'b'); CREATE TABLE t (id integer PRIMARY KEY, m mood DEFAULT 'a');
    INSERT INTO t SELECT generate_series(1, 20);
"""
VIEWED = PEOPLE + "CREATE VIEW names AS SELECT name FROM people; CREATE VIEW again AS SELECT name FROM names;"
ON_INSERT = "CREATE TRIGGER touched BEFORE INSERT ON people FOR EACH ROW EXECUTE FUNCTION touch()"

NAMED = """
    CREATE SCHEMA kept; CREATE TYPE place AS (street text, zip integer); CREATE TYPE span AS RANGE (subtype = date);
    CREATE DOMAIN mail AS text CHECK (VALUE LIKE '%@%');
    CREATE TABLE t (id integer PRIMARY KEY, home place, homes place[], contact mail, away span);
    INSERT INTO t SELECT i, ROW('a' || i, i)::place, ARRAY[ROW('b', i)::place], i || '@x', '[2020-01-01,2021-01-01)'
    FROM generate_series(1, 60) i;
"""
SCHEMA = """
    CREATE SCHEMA shop; GRANT USAGE ON SCHEMA shop TO PUBLIC; CREATE TYPE shop.place AS (street text, zip integer);
    CREATE DOMAIN shop.mail AS text; CREATE SEQUENCE shop.free;
    CREATE TABLE shop.item (id serial PRIMARY KEY, home shop.place, contact shop.mail DEFAULT 'x'::shop.mail);
    CREATE TABLE shop.sale (id integer PRIMARY KEY REFERENCES shop.item, n integer DEFAULT nextval('shop.free'));
    CREATE VIEW shop.known AS SELECT id, contact FROM shop.item; CREATE VIEW outside AS SELECT * FROM shop.known;
    CREATE MATERIALIZED VIEW shop.counted AS SELECT count(*) AS n FROM shop.item;
    INSERT INTO shop.item (home) SELECT ROW('a', i)::shop.place FROM generate_series(1, 60) i;
    GRANT SELECT, INSERT ON shop.item TO PUBLIC;
"""
COUNTED = """
    CREATE SCHEMA kept;
    CREATE TABLE t (id serial PRIMARY KEY, n integer); INSERT INTO t (n) SELECT generate_series(1, 60);
    CREATE SEQUENCE down INCREMENT -5 MAXVALUE 1000 START 1000; SELECT nextval('down');
    CREATE SEQUENCE unused AS smallint START 7; CREATE SEQUENCE round MAXVALUE 3 CYCLE; SELECT nextval('round');
    GRANT USAGE ON SEQUENCE t_id_seq TO PUBLIC; COMMENT ON SEQUENCE down IS 'falls';
"""

OBJECTS = (
    Case(
        name="indexes and constraints with marks dropped",
        setup=PEOPLE
        + """
        ALTER TABLE people ADD CONSTRAINT known UNIQUE (name, email) WITH (fillfactor = 80);
        ALTER TABLE people ADD CONSTRAINT adult CHECK (age >= 0) NOT VALID;
        CREATE UNIQUE INDEX by_lower ON people (lower(email)); ALTER INDEX by_lower ALTER COLUMN 1 SET STATISTICS 7;
        COMMENT ON INDEX by_lower IS 'why'; COMMENT ON CONSTRAINT adult ON people IS 'why';
        COMMENT ON CONSTRAINT known ON people IS 'who'; COMMENT ON INDEX known IS 'what';
        ALTER TABLE people CLUSTER ON by_lower; ALTER TABLE people REPLICA IDENTITY USING INDEX known;
        """,
        operations=(
            "DROP INDEX by_lower",
            "ALTER TABLE people DROP CONSTRAINT adult",
            "ALTER TABLE people DROP CONSTRAINT known",
        ),
    ),
    Case(
        name="unique index with a comment and a cluster mark dropped",
        setup=PEOPLE + "COMMENT ON INDEX by_email IS 'why'; ALTER TABLE people CLUSTER ON by_email;",
        operations=("DROP INDEX by_email",),
    ),
    Case(
        name="triggers made, replaced and dropped",
        setup=TRIGGERED,
        operations=(
            "CREATE OR REPLACE TRIGGER touched BEFORE INSERT ON people FOR EACH ROW EXECUTE FUNCTION touch()",
            "CREATE TRIGGER more AFTER UPDATE ON people FOR EACH ROW EXECUTE FUNCTION touch()",
            "DROP TRIGGER rested ON people",
        ),
    ),
    Case(
        name="trigger dropped and made again",
        setup=TRIGGERED,
        operations=("DROP TRIGGER touched ON people", "ALTER TABLE people ADD COLUMN nick text", ON_INSERT),
    ),
    Case(
        name="trigger of a function of the plan",
        setup=TRIGGERED,
        operations=(
            "CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
            "CREATE TRIGGER first BEFORE INSERT ON people FOR EACH ROW EXECUTE FUNCTION touch()",
        ),
    ),
    Case(
        name="triggers off and on",
        setup=TRIGGERED,
        operations=(
            "ALTER TABLE people DISABLE TRIGGER rested",
            "UPDATE people SET age = age + 1",
            "ALTER TABLE people ENABLE REPLICA TRIGGER touched",
        ),
    ),
    Case(
        name="row security on a new column",
        setup=GUARDED,
        operations=(
            "ALTER TABLE people ADD COLUMN tenant integer",
            "ALTER TABLE people ENABLE ROW LEVEL SECURITY",
            "CREATE POLICY theirs ON people USING (tenant = 5)",
            "CREATE POLICY strict ON people AS RESTRICTIVE USING (tenant > 0)",
        ),
    ),
    Case(
        name="row security on and off",
        setup=GUARDED,
        operations=("ALTER TABLE people ENABLE ROW LEVEL SECURITY", "ALTER TABLE people DISABLE ROW LEVEL SECURITY"),
    ),
    Case(
        name="policy made again, then dropped",
        setup=GUARDED,
        operations=(
            "DROP POLICY mine ON people",
            "CREATE POLICY mine ON people USING (age > 4)",
            "ALTER POLICY mine ON people USING (age > 5)",
            "DROP POLICY mine ON people",
        ),
    ),
    Case(
        name="replica identity and publications",
        setup=PEOPLE + "CREATE PUBLICATION pub FOR TABLE people;",
        operations=(
            "ALTER TABLE people REPLICA IDENTITY USING INDEX by_email",
            "ALTER TABLE people REPLICA IDENTITY FULL",
            "CREATE TABLE fresh (id integer PRIMARY KEY)",
            "CREATE PUBLICATION z FOR TABLE fresh",
            "ALTER PUBLICATION pub ADD TABLE fresh",
        ),
    ),
    Case(
        name="extension and an index of its kind",
        setup=PEOPLE,
        operations=("CREATE EXTENSION btree_gin", "CREATE INDEX z ON people USING gin (age)"),
    ),
    Case(
        name="comments and rights",
        setup=PEOPLE,
        operations=(
            "COMMENT ON TABLE people IS 'x'",
            "COMMENT ON COLUMN people.age IS 'x'",
            "COMMENT ON CONSTRAINT people_age_check ON people IS 'x'",
            "GRANT SELECT ON people TO PUBLIC",
            "REVOKE SELECT ON people FROM PUBLIC",
        ),
    ),
    Case(
        name="rights taken and partly given again",
        setup=PEOPLE + "GRANT ALL ON people TO PUBLIC;",
        operations=("REVOKE ALL ON people FROM PUBLIC", "GRANT SELECT ON people TO PUBLIC"),
    ),
    Case(
        name="function of another result",
        setup="CREATE FUNCTION f(integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';",
        operations=(
            "DROP FUNCTION f(integer)",
            "CREATE FUNCTION f(integer) RETURNS text LANGUAGE sql AS 'SELECT ''a''::text'",
        ),
    ),
    Case(
        name="enum values renamed and used",
        setup=MOODS,
        operations=(
            "ALTER TYPE mood RENAME VALUE 'a' TO 'z'",
            "UPDATE t SET m = 'z' WHERE id > 3",
            "ALTER TABLE t ALTER m SET DEFAULT 'z'",
        ),
    ),
    Case(
        name="enum values added and used",
        setup=MOODS,
        operations=(
            "ALTER TYPE mood ADD VALUE IF NOT EXISTS 'b'",
            "ALTER TYPE mood ADD VALUE 'c' AFTER 'a'",
            "ALTER TABLE t ALTER m SET DEFAULT 'c'",
            "UPDATE t SET m = 'c' WHERE id > 3",
        ),
    ),
    Case(
        name="types renamed and used",
        setup=NAMED,
        operations=(
            "ALTER TYPE place RENAME TO address",
            "ALTER TABLE t ADD COLUMN former address",
            "UPDATE t SET former = home",
            "ALTER DOMAIN mail RENAME TO email",
            "ALTER TABLE t ADD COLUMN other email DEFAULT 'x@y'",
            "ALTER TYPE span SET SCHEMA kept",
            "ALTER TABLE t ADD COLUMN free kept.span",
            'ALTER TYPE address RENAME TO "The ""type"" %s {x}"',
            'ALTER TABLE t ADD COLUMN last "The ""type"" %s {x}"[]',
        ),
    ),
    Case(
        name="type renamed twice, and its name given away",
        setup=NAMED,
        operations=(
            "ALTER TYPE place RENAME TO address",
            "ALTER TYPE address RENAME TO location",
            "ALTER TYPE span RENAME TO days",
            "CREATE TYPE span AS (a integer)",
            "ALTER TABLE t ADD COLUMN wide span",
        ),
    ),
    Case(
        name="enum renamed and used",
        setup=MOODS,
        operations=("ALTER TYPE mood RENAME TO feeling", "ALTER TABLE t ADD COLUMN later feeling"),
    ),
    Case(
        name="sequences renamed",
        setup=COUNTED,
        operations=(
            'ALTER SEQUENCE t_id_seq RENAME TO "The ""numbers"" %s"',
            "ALTER TABLE down RENAME TO below",
            "ALTER SEQUENCE unused SET SCHEMA kept",
            "ALTER SEQUENCE round RENAME TO circle",
        ),
    ),
    Case(
        name="sequence renamed, whose numbers the plan takes",
        setup=COUNTED,
        operations=(
            "ALTER SEQUENCE t_id_seq RENAME TO numbers",
            "INSERT INTO t (n) VALUES (1), (2)",
            "ALTER TABLE t ADD COLUMN m integer DEFAULT nextval('numbers')",
        ),
    ),
    Case(
        name="sequence renamed, whose column becomes bigint",
        setup=COUNTED,
        operations=("ALTER SEQUENCE t_id_seq RENAME TO numbers", "ALTER TABLE t ALTER COLUMN id TYPE bigint"),
    ),
    Case(
        name="functions renamed",
        setup="""
        CREATE SCHEMA kept; CREATE FUNCTION f(a integer, OUT b integer) LANGUAGE sql AS 'SELECT a';
        CREATE FUNCTION f(text) RETURNS integer LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';
        CREATE PROCEDURE p(VARIADIC n integer[] DEFAULT '{}') LANGUAGE plpgsql AS 'BEGIN NULL; END';
        CREATE FUNCTION of_trigger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
        CREATE FUNCTION one() RETURNS integer LANGUAGE sql AS 'SELECT 1'; REVOKE ALL ON FUNCTION one() FROM PUBLIC;
        CREATE TABLE t (a integer DEFAULT f(1));
        """,
        operations=(
            'ALTER FUNCTION f(integer) RENAME TO "g %s"',
            "ALTER PROCEDURE p RENAME TO q",
            "ALTER ROUTINE public.f(text) SET SCHEMA kept",
            "ALTER FUNCTION of_trigger RENAME TO of_triggers",
            "ALTER FUNCTION one RENAME TO two",
        ),
    ),
    Case(
        name="things renamed into the schema they are in",
        setup=NAMED + "CREATE SEQUENCE counter;",
        operations=(
            "ALTER TYPE place SET SCHEMA public",
            "ALTER DOMAIN mail SET SCHEMA public",
            "ALTER SEQUENCE counter SET SCHEMA public",
            "ALTER TABLE t SET SCHEMA public",
        ),
    ),
    Case(
        name="schema renamed",
        setup=SCHEMA,
        operations=('ALTER SCHEMA shop RENAME TO "the ""shop"" %s"',),
    ),
    Case(
        name="schema renamed, of which the plan says more",
        setup=SCHEMA,
        operations=(
            "ALTER TABLE shop.item ADD COLUMN before integer",
            "ALTER SCHEMA shop RENAME TO store",
            "ALTER TABLE store.item ADD COLUMN after integer DEFAULT nextval('store.free')",
            "ALTER TABLE store.sale ALTER COLUMN n TYPE bigint",
            "ALTER TABLE store.item ADD COLUMN where_else store.place",
            "CREATE TABLE elsewhere (at store.place)",
            "ALTER TYPE store.place ADD ATTRIBUTE more text CASCADE",
            "ALTER DOMAIN store.mail SET DEFAULT 'y'",
        ),
    ),
    Case(
        name="domains",
        setup="""
        CREATE DOMAIN score AS integer; ALTER DOMAIN score ADD CONSTRAINT low CHECK (VALUE < 1000) NOT VALID;
        CREATE TABLE s (v score); INSERT INTO s VALUES (1);
        """,
        operations=(
            "CREATE DOMAIN d AS integer CHECK (VALUE > 0)",
            "ALTER TABLE s ADD COLUMN q d",
            "ALTER DOMAIN score ADD CONSTRAINT c CHECK (VALUE > 0) NOT VALID",
            "ALTER DOMAIN score VALIDATE CONSTRAINT c",
            "ALTER DOMAIN score DROP CONSTRAINT low",
            "ALTER DOMAIN score SET DEFAULT 3",
            "ALTER DOMAIN score SET NOT NULL",
        ),
    ),
    Case(
        name="view of a new column made again",
        setup=VIEWED,
        operations=(
            "ALTER TABLE people ADD COLUMN nick text",
            "DROP VIEW again",
            "CREATE VIEW again AS SELECT nick FROM people",
            "CREATE OR REPLACE VIEW names AS SELECT name, nick FROM people",
        ),
    ),
    Case(
        name="views dropped with their column",
        setup=VIEWED,
        operations=("DROP VIEW again", "DROP VIEW names", "ALTER TABLE people DROP COLUMN name"),
    ),
    Case(
        name="statistics",
        setup=PEOPLE + "CREATE STATISTICS old ON age, name FROM people;",
        operations=("CREATE STATISTICS fresh ON id, age FROM people", "DROP STATISTICS old"),
    ),
    Case(
        name="comments where there were others, and none",
        setup=PEOPLE
        + """
            ALTER TABLE people ADD CONSTRAINT known CHECK (name <> '');
            CREATE VIEW "Na""mes" AS SELECT name FROM people;
            COMMENT ON TABLE people IS 'who'; COMMENT ON COLUMN people.name IS 'it''s';
            COMMENT ON CONSTRAINT known ON people IS 'not empty';
        """,
        operations=(
            "COMMENT ON TABLE people IS 'everybody'",
            "COMMENT ON TABLE people IS NULL",
            "COMMENT ON COLUMN people.name IS 'b'",
            "COMMENT ON COLUMN people.age IS 'c'",
            "COMMENT ON CONSTRAINT known ON people IS 'd'",
            """COMMENT ON VIEW "Na""mes" IS 'f'""",
        ),
    ),
    Case(
        name="rights given to those who have some already",
        setup=PEOPLE
        + """
            CREATE SEQUENCE counter; CREATE VIEW names AS SELECT name FROM people;
            GRANT SELECT, INSERT ON people TO PUBLIC; GRANT UPDATE (age) ON people TO PUBLIC;
            GRANT USAGE ON SEQUENCE counter TO PUBLIC; GRANT SELECT ON people TO pg_monitor;
            CREATE SEQUENCE theirs; ALTER SEQUENCE theirs OWNER TO pg_monitor; ALTER VIEW names OWNER TO pg_monitor;
        """,
        operations=(
            "GRANT SELECT, DELETE ON people TO PUBLIC, pg_monitor",
            "GRANT ALL ON names TO PUBLIC",
            "GRANT UPDATE (age, name) ON people TO PUBLIC",
            "GRANT SELECT ON people TO pg_monitor WITH GRANT OPTION",
            "GRANT ALL ON SEQUENCE counter, theirs TO PUBLIC, pg_monitor",
            "GRANT SELECT ON names TO pg_monitor",
        ),
    ),
    Case(
        name="functions replaced, and statistics made",
        setup=PEOPLE
        + """
        CREATE FUNCTION f(a integer) RETURNS integer LANGUAGE sql AS 'SELECT 1'; GRANT EXECUTE ON FUNCTION f TO PUBLIC;
        CREATE FUNCTION f(a text) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN 1; END';
        CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        """,
        operations=(
            "CREATE OR REPLACE FUNCTION f(a int) RETURNS integer LANGUAGE sql AS 'SELECT 2'",
            "CREATE OR REPLACE FUNCTION public.f(a text) RETURNS integer LANGUAGE sql AS 'SELECT 3'",
            "CREATE OR REPLACE FUNCTION f(a date) RETURNS integer LANGUAGE sql AS 'SELECT 4'",
            "CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
            "CREATE OR REPLACE FUNCTION f(a date) RETURNS integer LANGUAGE sql AS 'SELECT 5'",
            'CREATE STATISTICS "by %s" ON name, age FROM people',
        ),
    ),
    Case(
        name="new functions",
        setup=PEOPLE,
        operations=(
            """CREATE FUNCTION "Add"(a integer, INOUT b numeric(3, 1), VARIADIC c text[]) LANGUAGE sql AS 'SELECT b'""",
            "CREATE OR REPLACE PROCEDURE rest(a people DEFAULT NULL) LANGUAGE sql AS 'SELECT 1'",
            "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
            ON_INSERT,
        ),
    ),
    Case(
        name="settings of a table",
        setup=PEOPLE,
        operations=(
            "ALTER TABLE people OWNER TO CURRENT_USER",
            "ALTER TABLE people SET (fillfactor = 70)",
            "ALTER TABLE people ALTER name SET STORAGE EXTERNAL",
            "ALTER TABLE people ALTER name SET COMPRESSION pglz",
            "ALTER TABLE people ALTER name SET STATISTICS 300",
            "ALTER TABLE people CLUSTER ON by_age",
        ),
    ),
    Case(
        name="inheritance",
        setup="CREATE TABLE kin (id integer); CREATE TABLE heir () INHERITS (kin); CREATE TABLE stranger (id integer);",
        operations=("ALTER TABLE stranger INHERIT kin", "ALTER TABLE heir NO INHERIT kin"),
    ),
)
