"""Rows changed in bulk."""

from tests.differential.scenario import Scenario
from tests.differential.scenarios.shop import EVENTS, LOG, SHOP

ROWS = (
    Scenario(
        name="rows of a table that a query makes",
        setup=SHOP,
        revision="""
            CREATE TABLE copied AS SELECT * FROM person;
            UPDATE copied SET points = 3 WHERE city IS NULL;
        """,
    ),
    Scenario(name="each row once", setup=SHOP, revision="UPDATE person SET points = points + 1, age = points"),
    Scenario(name="swap values", setup=SHOP, revision="UPDATE person SET city = note, note = city WHERE age > 20"),
    Scenario(name="no key", setup=LOG, revision="UPDATE log SET level = level + 1; UPDATE log SET line = upper(line);"),
    Scenario(
        name="no key, and NULL stays NULL",
        setup=LOG + "UPDATE log SET level = NULL WHERE level = 3;",
        revision="UPDATE log SET level = level + 1 WHERE level IS NULL; UPDATE log SET line = lower(line) || level;",
    ),
    Scenario(
        name="from another table",
        setup=SHOP,
        revision="""
            UPDATE orders AS o SET state = p.city FROM person AS p WHERE p.id = o.person_id AND p.city IS NOT NULL;
            UPDATE orders SET total = total + (SELECT points FROM person WHERE person.id = orders.person_id);
        """,
    ),
    Scenario(
        name="from rows of its own",
        setup=SHOP,
        revision="UPDATE orders SET total = (SELECT sum(o.total) FROM orders o WHERE o.person_id = orders.person_id)",
    ),
    Scenario(
        name="by tuple",
        setup=SHOP,
        revision="""
            UPDATE person SET (city, note) = (note, 'was ' || coalesce(city, 'nowhere'));
            UPDATE person SET (age, points) = (SELECT count(*), sum(id) FROM orders WHERE person_id = person.id);
        """,
    ),
    Scenario(
        name="with a query",
        setup=SHOP,
        revision="""
            WITH best AS (SELECT person_id, max(total) AS top FROM orders GROUP BY 1)
            UPDATE person SET points = best.top FROM best WHERE best.person_id = person.id;
        """,
    ),
    Scenario(
        name="its own key",
        setup="CREATE TABLE t (id int PRIMARY KEY, n int); INSERT INTO t SELECT i, i FROM generate_series(1, 40) i;",
        revision="UPDATE t SET id = -id; UPDATE t SET n = id;",
    ),
    Scenario(
        name="to defaults", setup=SHOP, revision="UPDATE orders SET state = DEFAULT, total = DEFAULT WHERE id < 20"
    ),
    Scenario(
        name="what the where reads",
        setup=SHOP,
        revision="""
            UPDATE person SET city = 'Rome' WHERE city = 'Oslo';
            UPDATE person SET city = 'Oslo' WHERE city = 'Rome' AND id % 2 = 0;
        """,
    ),
    Scenario(
        name="partitions, by value and from one to another",
        setup=EVENTS,
        revision="""
            UPDATE event SET note = upper(note) WHERE day > 3;
            UPDATE event SET day = day + 20 WHERE day < 5;
            UPDATE event SET person_id = person_id + 1;
        """,
    ),
    Scenario(
        name="types without equality",
        setup="""
            CREATE TABLE t (id integer PRIMARY KEY, j json, p point, n numeric(6, 2), c char(5), a text[], b jsonb);
            INSERT INTO t (id, j, n) SELECT i, '{"a": 1, "a": 2}', i FROM generate_series(1, 40) i;
        """,
        revision="""
            UPDATE t SET j = '{"b": 1}', p = point(id, 1), n = id / 3.0, c = 'x' || id, a = ARRAY['a', id::text];
            UPDATE t SET b = j::jsonb;
            UPDATE t SET b = jsonb_set(b, '{b}', '2') WHERE id > 3;
        """,
    ),
    Scenario(
        name="enum and domain values",
        setup="""
            CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE DOMAIN small AS integer CHECK (VALUE < 100);
            CREATE TABLE t (id integer PRIMARY KEY, m mood, s small, w text);
            INSERT INTO t SELECT i, 'sad', i, 'ok' FROM generate_series(1, 40) i;
        """,
        revision="UPDATE t SET m = w::mood, s = id + 1; UPDATE t SET m = 'sad' WHERE id % 2 = 0;",
    ),
    Scenario(
        name="a table with triggers of its own",
        setup=SHOP
        + """
            CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN NEW.note := coalesce(NEW.note, '''') || ''!''; RETURN NEW; END';
            CREATE TRIGGER stamp BEFORE UPDATE ON person FOR EACH ROW EXECUTE FUNCTION stamp();
        """,
        revision="UPDATE person SET city = 'x'; UPDATE person SET age = age + 1;",
    ),
    Scenario(
        name="a new column where triggers note who changed a row",
        setup=SHOP
        + """
            ALTER TABLE person ADD COLUMN "changedAt" timestamptz DEFAULT '2020-01-01Z';
            ALTER TABLE person ADD COLUMN times integer DEFAULT 0;
            CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN NEW."changedAt" := ''2021-01-01Z''; NEW.times := OLD.times + 1; RETURN NEW; END';
            CREATE TRIGGER noted BEFORE UPDATE ON person FOR EACH ROW EXECUTE FUNCTION note_change();
        """,
        revision="""
            ALTER TABLE person ADD COLUMN label text;
            UPDATE person SET label = upper(name);
            ALTER TABLE person ALTER COLUMN label SET NOT NULL;
        """,
    ),
    Scenario(
        name="inserts, updates and deletes in turn",
        setup=SHOP,
        revision="""
            INSERT INTO person (name, city) VALUES ('new 1', 'Rome'), ('new 2', NULL);
            UPDATE person SET city = 'Lima' WHERE city IS NULL;
            DELETE FROM orders WHERE parent_id IS NOT NULL;
            DELETE FROM person WHERE age > 40;
            INSERT INTO person (name) SELECT name || ' again' FROM person WHERE city = 'Lima' ORDER BY id;
            UPDATE person SET points = id;
        """,
    ),
    Scenario(
        name="on conflict",
        setup=SHOP,
        revision="""
            ALTER TABLE person ADD CONSTRAINT one_name UNIQUE (name);
            INSERT INTO person (name, age) VALUES ('Name 1', 99), ('Name X', 1) ON CONFLICT (name) DO UPDATE
                SET age = excluded.age;
        """,
    ),
    Scenario(
        name="a view that is updated",
        setup=SHOP + "CREATE VIEW romans AS SELECT id, name, city FROM person WHERE city = 'Rome';",
        revision="UPDATE romans SET name = upper(name); ALTER TABLE person ADD COLUMN x text;",
    ),
    Scenario(
        name="moving data and the column after",
        setup=SHOP,
        revision="""
            ALTER TABLE orders ADD COLUMN city text;
            UPDATE orders SET city = (SELECT city FROM person WHERE id = orders.person_id);
            ALTER TABLE person DROP COLUMN city;
            UPDATE orders SET city = 'unknown' WHERE city IS NULL;
            ALTER TABLE orders ALTER COLUMN city SET NOT NULL;
        """,
    ),
    Scenario(
        name="do block and functions",
        setup=SHOP,
        revision="""
            ALTER TABLE person ADD COLUMN score integer;
            DO $$ DECLARE r record; BEGIN
                FOR r IN SELECT id FROM person LOOP UPDATE person SET score = r.id * 2 WHERE id = r.id; END LOOP;
            END $$;
            ALTER TABLE person ALTER COLUMN score SET NOT NULL;
        """,
    ),
)
