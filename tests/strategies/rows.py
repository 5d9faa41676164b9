"""Rows deleted, copied from one table to another, and written again: in batches where that comes to the same."""

from tests.strategies.lifecycle import Case

PEOPLE = """
    CREATE TABLE people (id integer PRIMARY KEY, name text NOT NULL, email text, age integer, made timestamptz);
    INSERT INTO people
    SELECT i, 'name ' || i, 'p' || i % 50 || '@x', i % 90, date_trunc('day', now()) - i * interval '1 day'
    FROM generate_series(1, 60) i;
"""
ORDERS = (
    PEOPLE
    + """
    CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, person_id integer, total numeric(10, 2),
        twice numeric GENERATED ALWAYS AS (total * 2) STORED, tags text[], doc jsonb);
    INSERT INTO orders (person_id, total, tags, doc)
    SELECT i % 70, i / 7.0, ARRAY['a,b', NULL, i::text], jsonb_build_object('i', i) FROM generate_series(1, 90) i;
"""
)
REFERS = "ALTER TABLE orders ADD FOREIGN KEY (person_id) REFERENCES people {}".format
EVENTS = """
    CREATE TABLE events (id integer, day integer, note text, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
    CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (10);
    CREATE TABLE events_2 PARTITION OF events DEFAULT;
    INSERT INTO events SELECT i, i % 30, 'x' || i FROM generate_series(1, 80) i;
"""
COUNTED = """
    CREATE SEQUENCE statements;
    CREATE FUNCTION count_statement() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM nextval('statements'); RETURN NULL; END $$;
    CREATE TRIGGER counted AFTER DELETE ON people EXECUTE FUNCTION count_statement();
"""

DELETED = (
    Case(name="delete all rows", setup=ORDERS, operations=("DELETE FROM orders",)),
    Case(
        name="delete rows of which the plan drops a column",
        setup=ORDERS + "ALTER TABLE orders ADD CHECK (total IS NOT NULL);",
        operations=(
            "ALTER TABLE orders DROP COLUMN total CASCADE",
            "ALTER TABLE orders ADD COLUMN sum integer DEFAULT 5",
            "DELETE FROM orders WHERE id > 3",
        ),
    ),
    Case(
        name="delete rows by their values",
        setup=ORDERS,
        operations=("DELETE FROM orders WHERE total > 5 AND id % 2 = 0",),
    ),
    Case(
        name="delete rows by their age",
        setup=PEOPLE,
        operations=("DELETE FROM people AS p WHERE p.made < now() - interval '30 days 1 hour'",),
    ),
    Case(
        name="delete orphans before a foreign key",
        setup=ORDERS,
        operations=(
            "DELETE FROM orders WHERE person_id NOT IN (SELECT id FROM people)",
            "ALTER TABLE orders ADD CONSTRAINT owner FOREIGN KEY (person_id) REFERENCES people",
        ),
    ),
    Case(
        name="delete by another table",
        setup=ORDERS,
        operations=("DELETE FROM orders USING people WHERE people.id = orders.person_id AND people.age > 20",),
    ),
    Case(
        name="delete duplicates before a unique key",
        setup=PEOPLE,
        operations=(
            "DELETE FROM people a USING people b WHERE a.email = b.email AND a.id > b.id",
            "ALTER TABLE people ADD CONSTRAINT one_email UNIQUE (email)",
        ),
    ),
    Case(
        name="delete with what refers to it",
        setup=f"{ORDERS} DELETE FROM orders WHERE person_id NOT IN (SELECT id FROM people);"
        f"{REFERS('ON DELETE CASCADE')};",
        operations=("DELETE FROM people WHERE age % 3 = 0",),
    ),
    Case(
        name="delete beside what refers to it",
        setup=f"{ORDERS} DELETE FROM orders WHERE person_id % 3 = 0 OR person_id > 60; {REFERS('')};",
        operations=("DELETE FROM people WHERE id % 3 = 0",),
    ),
    Case(
        name="delete a tree",
        setup="CREATE TABLE tree (id integer PRIMARY KEY, parent integer REFERENCES tree);"
        "INSERT INTO tree SELECT i, nullif(i / 2, 0) FROM generate_series(1, 40) i;",
        operations=("DELETE FROM tree WHERE id > 4",),
    ),
    Case(name="delete of a partitioned table", setup=EVENTS, operations=("DELETE FROM events WHERE id > 20",)),
    Case(
        name="delete from a table without a key",
        setup="CREATE TABLE log AS SELECT generate_series(1, 40) AS i;",
        operations=("DELETE FROM log WHERE i % 2 = 0",),
    ),
    Case(
        name="delete under a trigger for the statement",
        setup=PEOPLE + COUNTED,
        operations=("DELETE FROM people WHERE id > 9",),
    ),
    Case(
        name="delete what a column of the plan says",
        setup=PEOPLE,
        operations=(
            "ALTER TABLE people ADD COLUMN old boolean",
            "UPDATE people SET old = age > 40",
            "DELETE FROM people WHERE old",
        ),
    ),
)
COPIED = (
    Case(
        name="copy rows into a new table",
        setup=ORDERS,
        operations=(
            "CREATE TABLE totals (order_id bigint PRIMARY KEY, total numeric NOT NULL)",
            "INSERT INTO totals (order_id, total) SELECT id, coalesce(total, 0) FROM orders WHERE total > 1",
            "ALTER TABLE totals ADD CONSTRAINT of_order FOREIGN KEY (order_id) REFERENCES orders",
        ),
    ),
    Case(
        name="copy rows of a join",
        setup=f"{ORDERS} CREATE TABLE named (order_id bigint UNIQUE, name text);",
        operations=(
            """INSERT INTO named SELECT o.id, p.name FROM orders o LEFT JOIN people p ON p.id = o.person_id
            ON CONFLICT DO NOTHING""",
        ),
    ),
    Case(
        name="copy rows of a partitioned table",
        setup=f"{EVENTS} CREATE TABLE kept (id integer, note text);",
        operations=("INSERT INTO kept (id, note) SELECT id, upper(note) FROM events e WHERE day <> 3",),
    ),
    Case(
        name="insert an aggregate",
        setup=ORDERS,
        operations=(
            "CREATE TABLE sums (person_id integer, total numeric)",
            "INSERT INTO sums SELECT person_id, sum(total) FROM orders GROUP BY person_id",
            "INSERT INTO sums SELECT max(person_id), max(total) FROM orders",
        ),
    ),
    Case(
        name="insert what is not there yet",
        setup=f"{ORDERS} CREATE TABLE seen (email text);",
        operations=(
            "INSERT INTO seen SELECT email FROM people p WHERE NOT EXISTS (SELECT FROM seen s WHERE s.email = p.email)",
            "INSERT INTO seen SELECT DISTINCT email FROM people",
        ),
    ),
    Case(
        name="insert into the table itself",
        setup=PEOPLE,
        operations=("INSERT INTO people (id, name) SELECT id + 100, name FROM people",),
    ),
)
WRITTEN_AGAIN = Case(
    name="update that only a trigger sees",
    setup=PEOPLE
    + """
        ALTER TABLE people ADD COLUMN words tsvector;
        CREATE FUNCTION find_words() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN NEW.words := to_tsvector('simple', NEW.name); RETURN NEW; END $$;
        CREATE TRIGGER words BEFORE INSERT OR UPDATE ON people FOR EACH ROW EXECUTE FUNCTION find_words();
        CREATE TABLE visits (person_id integer REFERENCES people);
    """,
    operations=("UPDATE people SET id = people.id WHERE age > 3",),
)

WITHOUT_A_KEY = """
    CREATE TABLE visits (person_id integer, note text, days integer);
    INSERT INTO visits SELECT i, NULL, i FROM generate_series(1, 60) i;
"""
NULLS_OF_ANOTHER = Case(
    name="update where a column of another table is NULL",
    setup=PEOPLE + WITHOUT_A_KEY + "ALTER TABLE people ADD COLUMN days integer;",
    operations=("UPDATE visits v SET days = v.days + 1 FROM people p WHERE p.id = v.person_id AND p.days IS NULL",),
)
NULLS_THAT_STAY = Case(
    name="update that leaves some of the NULLs it finds",
    setup=WITHOUT_A_KEY,
    operations=("UPDATE visits SET note = nullif(days % 3, 0)::text WHERE note IS NULL",),
)

ROWS = (*DELETED, *COPIED, WRITTEN_AGAIN, NULLS_OF_ANOTHER, NULLS_THAT_STAY)
