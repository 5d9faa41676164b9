"""Tables made, filled, split, renamed, moved and dropped."""

from tests.differential.scenario import Scenario
from tests.differential.scenarios.shop import EVENTS, LOG, SHOP

TABLES = (
    Scenario(
        name="tables with keys both ways",
        setup=SHOP,
        revision="""
            CREATE TABLE tag (id serial PRIMARY KEY, name text NOT NULL UNIQUE, person_id integer REFERENCES
                person ON DELETE CASCADE);
            CREATE TABLE order_tag (
                order_id bigint NOT NULL, tag_id integer NOT NULL, PRIMARY KEY (order_id, tag_id),
                FOREIGN KEY (order_id) REFERENCES orders (id), CONSTRAINT fk_tag FOREIGN KEY (tag_id)
                    REFERENCES tag (id)
            );
            CREATE INDEX ix_order_tag_tag ON order_tag (tag_id);
            ALTER TABLE person ADD COLUMN tag_id integer;
            ALTER TABLE person ADD CONSTRAINT person_tag FOREIGN KEY (tag_id) REFERENCES tag (id);
            INSERT INTO tag (name) VALUES ('a'), ('b');
        """,
    ),
    Scenario(
        name="table split",
        setup=SHOP,
        revision="""
            CREATE TABLE place (id serial PRIMARY KEY, name text NOT NULL UNIQUE);
            INSERT INTO place (name) SELECT DISTINCT city FROM person WHERE city IS NOT NULL ORDER BY city;
            ALTER TABLE person ADD COLUMN place_id integer;
            UPDATE person SET place_id = place.id FROM place WHERE place.name = person.city;
            ALTER TABLE person ADD CONSTRAINT person_place FOREIGN KEY (place_id) REFERENCES place (id);
            DROP INDEX person_city;
            ALTER TABLE person DROP COLUMN city;
        """,
    ),
    Scenario(
        name="columns moved to a table of their own",
        setup=SHOP,
        revision="""
            CREATE TABLE profile (person_id integer PRIMARY KEY REFERENCES person (id), note text, born date NOT NULL);
            INSERT INTO profile SELECT id, note, born FROM person;
            ALTER TABLE person DROP COLUMN note;
            ALTER TABLE person DROP COLUMN born;
        """,
    ),
    Scenario(
        name="rename a table, then a foreign key to it",
        setup=SHOP + LOG,
        revision="""
            DELETE FROM log WHERE who = 0 OR who > 50;
            ALTER TABLE person RENAME TO people;
            ALTER TABLE log ADD CONSTRAINT log_who FOREIGN KEY (who) REFERENCES people (id);
            ALTER TABLE people ADD COLUMN nick text;
            UPDATE people SET nick = lower(name);
        """,
    ),
    Scenario(
        name="table replaced by a copy",
        setup=LOG,
        revision="""
            CREATE TABLE log_new (id serial PRIMARY KEY, line text, level smallint);
            INSERT INTO log_new (line, level) SELECT line, level FROM log ORDER BY line;
            DROP TABLE log;
            ALTER TABLE log_new RENAME TO log;
            ALTER INDEX log_new_pkey RENAME TO log_pkey;
        """,
    ),
    Scenario(
        name="table renamed and another made in its place",
        setup=LOG,
        revision="""
            ALTER TABLE log RENAME TO log_old;
            CREATE TABLE log (id integer PRIMARY KEY, line text);
            INSERT INTO log SELECT row_number() OVER (ORDER BY line), line FROM log_old;
            DROP TABLE log_old;
        """,
    ),
    Scenario(
        name="drop tables with keys",
        setup=SHOP + "CREATE TABLE x (id int REFERENCES person, o bigint REFERENCES orders);",
        revision="DROP TABLE x; DROP TABLE orders; DROP TABLE IF EXISTS nothing;",
    ),
    Scenario(
        name="drop table cascade",
        setup=SHOP + "CREATE VIEW v AS SELECT name FROM person;",
        revision="DROP TABLE person CASCADE",
    ),
    Scenario(
        name="drop and make again",
        setup=LOG,
        revision="DROP TABLE log; CREATE TABLE log (id integer PRIMARY KEY, at timestamptz DEFAULT now());",
    ),
    Scenario(
        name="create table as, like, inherits",
        setup=SHOP,
        revision="""
            CREATE TABLE grown AS SELECT id, name FROM person WHERE age > 18;
            ALTER TABLE grown ADD PRIMARY KEY (id);
            CREATE TABLE person_like (LIKE person INCLUDING ALL);
            CREATE TABLE child (extra text) INHERITS (person);
            ALTER TABLE person ADD COLUMN nick text;
        """,
    ),
    Scenario(
        name="an heir gets rules of its own for what it inherits",
        setup=SHOP
        + """
            CREATE TABLE base (a integer NOT NULL, b integer NOT NULL, c integer);
            CREATE TABLE heir (own text) INHERITS (base);
        """,
        revision="""
            ALTER TABLE heir ALTER COLUMN b SET NOT NULL;
            ALTER TABLE heir ADD PRIMARY KEY (a, c);
        """,
    ),
    Scenario(
        name="partition made and attached",
        setup=EVENTS + "CREATE TABLE event_3 (LIKE event INCLUDING ALL);",
        revision="""
            ALTER TABLE event ATTACH PARTITION event_3 FOR VALUES FROM (100) TO (200);
            CREATE TABLE event_4 PARTITION OF event FOR VALUES FROM (200) TO (300);
            CREATE INDEX event_person ON event (person_id);
            ALTER TABLE event DETACH PARTITION event_1;
        """,
    ),
    Scenario(
        name="table to another schema",
        setup=SHOP,
        revision="""
            CREATE SCHEMA archive;
            CREATE TABLE archive.kept (id integer PRIMARY KEY, person_id integer REFERENCES public.person);
            ALTER TABLE orders SET SCHEMA archive;
            ALTER TABLE archive.orders ADD COLUMN kept boolean DEFAULT true;
        """,
    ),
    Scenario(
        name="new table tightened in steps",
        setup=SHOP,
        revision="""
            CREATE TABLE fresh (id integer, name text);
            INSERT INTO fresh SELECT id, name FROM person;
            UPDATE fresh SET name = upper(name);
            ALTER TABLE fresh ALTER COLUMN name SET NOT NULL;
            ALTER TABLE fresh ADD PRIMARY KEY (id);
            CREATE INDEX fresh_name ON fresh (name);
            ALTER TABLE fresh ADD COLUMN twice integer;
            UPDATE fresh SET twice = id * 2;
            ALTER TABLE fresh ADD CHECK (twice > 0);
        """,
    ),
    Scenario(
        name="temporary table in between",
        setup=SHOP,
        revision="""
            CREATE TABLE tmp AS SELECT person_id, count(*) AS n FROM orders GROUP BY 1;
            ALTER TABLE person ADD COLUMN n_orders integer DEFAULT 0 NOT NULL;
            UPDATE person SET n_orders = tmp.n FROM tmp WHERE tmp.person_id = person.id;
            DROP TABLE tmp;
        """,
    ),
    Scenario(
        name="sequences",
        setup=SHOP,
        revision="""
            CREATE SEQUENCE numbers START 1000 INCREMENT 10;
            ALTER TABLE person ADD COLUMN number bigint;
            ALTER TABLE person ALTER COLUMN number SET DEFAULT nextval('numbers');
            ALTER SEQUENCE numbers OWNED BY person.number;
            ALTER SEQUENCE orders_id_seq RESTART WITH 500;
            SELECT setval('person_id_seq', 900);
        """,
    ),
    Scenario(
        name="truncate and fill again",
        setup=LOG,
        revision="TRUNCATE log; INSERT INTO log VALUES ('a', 1, 2), ('b', NULL, NULL); CREATE INDEX ON log (level);",
    ),
    Scenario(
        name="row security, grants, options",
        setup=SHOP,
        revision="""
            ALTER TABLE person ENABLE ROW LEVEL SECURITY;
            CREATE POLICY own ON person USING (age > 3);
            GRANT SELECT ON person TO PUBLIC;
            GRANT ALL ON orders TO PUBLIC;
            ALTER TABLE person SET (fillfactor = 80, autovacuum_enabled = false);
            ALTER TABLE person REPLICA IDENTITY FULL;
        """,
    ),
)
