"""Keys, checks and indexes."""

from tests.differential.scenario import Scenario
from tests.differential.scenarios.shop import EVENTS, LOG, SHOP

CONSTRAINTS = (
    Scenario(
        name="the key of a partition renamed behind that of its table",
        setup="""
            CREATE TABLE part (id integer, k integer) PARTITION BY RANGE (id);
            CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (50);
            INSERT INTO part SELECT i, i FROM generate_series(1, 40) i;
        """,
        revision="""
            ALTER TABLE part ADD CONSTRAINT one UNIQUE (k, id);
            ALTER INDEX part_1_k_id_key RENAME TO two;
        """,
    ),
    Scenario(
        name="constraint made anew under its name",
        setup=SHOP,
        revision="""
            ALTER TABLE orders DROP CONSTRAINT positive;
            ALTER TABLE orders ADD CONSTRAINT positive CHECK (total >= 0 AND total < 1000);
        """,
    ),
    Scenario(
        name="NOT NULL made and dropped by its name",
        setup='CREATE TABLE t (id integer PRIMARY KEY, "a ""b" text CHECK ("a ""b" IS NOT NULL));',
        revision="""
            ALTER TABLE t ALTER COLUMN "a ""b" SET NOT NULL;
            ALTER TABLE t DROP CONSTRAINT "t_a ""b_not_null";
        """,
        since=18,
    ),
    Scenario(
        name="columns whose NOT NULL has a comment go, or get another type",
        setup=SHOP
        + """
            COMMENT ON CONSTRAINT person_name_not_null ON person IS 'why';
            COMMENT ON CONSTRAINT person_id_not_null ON person IS 'because';
        """,
        revision="ALTER TABLE person DROP COLUMN name; ALTER TABLE person ALTER COLUMN id TYPE numeric;",
        since=18,
    ),
    Scenario(
        name="comment on the index of a table that is made late",
        setup=SHOP,
        revision="""
            ALTER TABLE person ADD CONSTRAINT named CHECK (name <> 'never');
            CREATE TABLE person_like (LIKE person INCLUDING ALL);
            COMMENT ON INDEX person_like_pkey IS 'fast';
        """,
    ),
    Scenario(
        name="foreign key made anew with another action",
        setup=SHOP,
        revision="""
            ALTER TABLE orders DROP CONSTRAINT orders_person_id_fkey;
            ALTER TABLE orders ADD CONSTRAINT orders_person_id_fkey FOREIGN KEY (person_id) REFERENCES person (id)
                ON DELETE SET NULL ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED;
        """,
    ),
    Scenario(
        name="unique made anew with other columns",
        setup=SHOP,
        revision="""
            ALTER TABLE orders DROP CONSTRAINT orders_code;
            ALTER TABLE orders ADD CONSTRAINT orders_code UNIQUE (code, person_id);
        """,
    ),
    Scenario(
        name="index made anew with other columns",
        setup=SHOP,
        revision="DROP INDEX person_city; CREATE INDEX person_city ON person (city, age);",
    ),
    Scenario(
        name="unique constraint becomes a unique index of the same name",
        setup=SHOP,
        revision="""
            ALTER TABLE orders DROP CONSTRAINT orders_code;
            CREATE UNIQUE INDEX orders_code ON orders (lower(code)) WHERE state IS NOT NULL;
        """,
    ),
    Scenario(
        name="indexes of all kinds",
        setup=SHOP,
        revision="""
            CREATE INDEX ON person (name);
            CREATE INDEX ON person (lower(email));
            CREATE INDEX ON person USING hash (city);
            CREATE INDEX person_brin ON person USING brin (id) WITH (pages_per_range = 4);
            CREATE INDEX person_gin ON person USING gin (to_tsvector('simple', name));
            CREATE UNIQUE INDEX IF NOT EXISTS person_pair ON person (id, name COLLATE "C" DESC NULLS LAST)
                INCLUDE (age);
            CREATE INDEX IF NOT EXISTS person_city ON person (age);
        """,
    ),
    Scenario(
        name="concurrent indexes as written",
        setup=SHOP,
        revision="CREATE INDEX CONCURRENTLY p ON person (age); DROP INDEX CONCURRENTLY person_city;",
        transactional=False,
    ),
    Scenario(
        name="index on partitions",
        setup=EVENTS,
        revision="""
            CREATE INDEX ON event (person_id);
            CREATE UNIQUE INDEX event_both ON event (day, id);
        """,
    ),
    Scenario(
        name="orphans deleted, then a foreign key",
        setup=SHOP + LOG,
        revision="""
            DELETE FROM log WHERE who NOT IN (SELECT id FROM person);
            ALTER TABLE log ADD CONSTRAINT log_who FOREIGN KEY (who) REFERENCES person (id);
            CREATE INDEX log_who_index ON log (who);
        """,
    ),
    Scenario(
        name="duplicates deleted, then unique",
        setup=SHOP + LOG,
        revision="""
            DELETE FROM log a USING log b WHERE a.ctid > b.ctid AND a.level = b.level;
            ALTER TABLE log ADD CONSTRAINT log_level UNIQUE (level);
            ALTER TABLE log ALTER COLUMN level SET NOT NULL;
        """,
    ),
    Scenario(
        name="primary key swapped",
        setup="""
            CREATE TABLE t (id integer PRIMARY KEY, code text NOT NULL UNIQUE, n integer);
            INSERT INTO t SELECT i, 'c' || i, i FROM generate_series(1, 40) i;
        """,
        revision="""
            ALTER TABLE t DROP CONSTRAINT t_pkey;
            ALTER TABLE t ADD PRIMARY KEY (code);
            ALTER TABLE t DROP COLUMN id;
        """,
    ),
    Scenario(
        name="primary key widened",
        setup="""
            CREATE TABLE t (id integer PRIMARY KEY, n integer);
            CREATE TABLE u (id integer PRIMARY KEY, t_id integer REFERENCES t);
            INSERT INTO t SELECT i, i FROM generate_series(1, 40) i; INSERT INTO u SELECT i, i FROM
                generate_series(1, 40) i;
        """,
        revision="""
            ALTER TABLE t ADD COLUMN space text DEFAULT 'd' NOT NULL;
            ALTER TABLE u ADD COLUMN space text DEFAULT 'd' NOT NULL;
            ALTER TABLE u DROP CONSTRAINT u_t_id_fkey;
            ALTER TABLE t DROP CONSTRAINT t_pkey;
            ALTER TABLE t ADD CONSTRAINT t_pkey PRIMARY KEY (space, id);
            ALTER TABLE u ADD CONSTRAINT u_t FOREIGN KEY (space, t_id) REFERENCES t (space, id) ON UPDATE CASCADE;
        """,
    ),
    Scenario(
        name="primary key on a table without one",
        setup=LOG,
        revision="""
            ALTER TABLE log ADD COLUMN id integer;
            CREATE SEQUENCE log_id_seq OWNED BY log.id;
            UPDATE log SET id = nextval('log_id_seq');
            ALTER TABLE log ALTER COLUMN id SET DEFAULT nextval('log_id_seq');
            ALTER TABLE log ADD PRIMARY KEY (id);
        """,
        ignore=("public.log.id",),
    ),
    Scenario(
        name="self-referencing column",
        setup=SHOP,
        revision="""
            ALTER TABLE person ADD COLUMN boss_id integer REFERENCES person (id) ON DELETE SET NULL;
            UPDATE person SET boss_id = id / 2 WHERE id > 1;
            CREATE INDEX ON person (boss_id);
        """,
    ),
    Scenario(
        name="composite foreign key",
        setup=SHOP,
        revision="""
            ALTER TABLE person ADD CONSTRAINT person_id_points UNIQUE (id, points);
            ALTER TABLE orders ADD COLUMN points integer;
            UPDATE orders SET points = p.points FROM person p WHERE p.id = person_id;
            ALTER TABLE orders ADD FOREIGN KEY (person_id, points) REFERENCES person (id, points) MATCH FULL;
        """,
    ),
    Scenario(
        name="deferrable constraints",
        setup=SHOP,
        revision="""
            ALTER TABLE orders ADD CONSTRAINT u1 UNIQUE (id, code) DEFERRABLE INITIALLY DEFERRED;
            ALTER TABLE orders ADD CONSTRAINT u2 UNIQUE (code, total) DEFERRABLE;
            ALTER TABLE orders ALTER CONSTRAINT orders_parent_id_fkey DEFERRABLE INITIALLY DEFERRED;
        """,
    ),
    Scenario(
        name="unique with include and nulls not distinct",
        setup=SHOP,
        revision="ALTER TABLE person ADD CONSTRAINT u UNIQUE NULLS NOT DISTINCT (id, note) INCLUDE (name)",
        since=15,
    ),
    Scenario(
        name="exclusion",
        setup="CREATE TABLE t (r int4range); INSERT INTO t SELECT int4range(i, i + 1) FROM generate_series(1, 30) i;",
        revision="ALTER TABLE t ADD CONSTRAINT apart EXCLUDE USING gist (r WITH &&)",
    ),
    Scenario(
        name="not valid, then valid",
        setup=SHOP,
        revision="""
            ALTER TABLE person ADD CONSTRAINT grown CHECK (age >= 0) NOT VALID;
            ALTER TABLE person VALIDATE CONSTRAINT grown;
            ALTER TABLE orders ADD CONSTRAINT never CHECK (total > 30) NOT VALID;
        """,
    ),
    Scenario(
        name="constraint and index renamed",
        setup=SHOP,
        revision="""
            ALTER TABLE orders RENAME CONSTRAINT positive TO not_negative;
            ALTER TABLE orders RENAME CONSTRAINT orders_code TO uq_orders_code;
            ALTER INDEX person_city RENAME TO ix_person_city;
            ALTER TABLE orders DROP CONSTRAINT not_negative;
            CREATE INDEX person_city ON person (city, name);
        """,
    ),
    Scenario(
        name="unnamed constraints of every kind",
        setup=SHOP,
        revision="""
            ALTER TABLE person ADD CHECK (age >= 0), ADD CHECK (points >= 0), ADD UNIQUE (id, name), ADD CHECK
                (age < points + 90);
            ALTER TABLE orders ADD FOREIGN KEY (parent_id) REFERENCES orders (id);
        """,
    ),
    Scenario(
        name="foreign keys of partitioned tables",
        setup=SHOP + EVENTS,
        revision="""
            ALTER TABLE event ADD CONSTRAINT event_person FOREIGN KEY (person_id) REFERENCES person (id);
            ALTER TABLE event ADD CONSTRAINT event_note CHECK (note <> '');
        """,
    ),
    Scenario(
        name="foreign key to a partitioned table",
        setup=EVENTS
        + "CREATE TABLE a (id int, day int); INSERT INTO a SELECT i, i % 30 FROM generate_series(1, 20) i;",
        revision="ALTER TABLE a ADD CONSTRAINT a_event FOREIGN KEY (id, day) REFERENCES event (id, day)",
    ),
    Scenario(
        name="key dropped with what refers to it",
        setup=SHOP,
        revision="ALTER TABLE person DROP CONSTRAINT person_pkey CASCADE; ALTER TABLE person ADD PRIMARY KEY (id);",
    ),
    Scenario(
        name="foreign keys of several tables at once",
        setup=SHOP + LOG + "CREATE TABLE tag (id integer PRIMARY KEY); INSERT INTO tag SELECT generate_series(0, 60);",
        revision="""
            ALTER TABLE person ADD COLUMN tag_id integer DEFAULT 1 REFERENCES tag;
            ALTER TABLE orders ADD COLUMN tag_id integer REFERENCES tag (id) ON DELETE CASCADE;
            ALTER TABLE log ADD FOREIGN KEY (who) REFERENCES tag;
            ALTER TABLE log ADD COLUMN order_id bigint REFERENCES orders;
        """,
    ),
    Scenario(
        name="constraint from an index",
        setup=SHOP,
        revision="""
            CREATE UNIQUE INDEX person_name ON person (name);
            ALTER TABLE person ADD CONSTRAINT person_name_key UNIQUE USING INDEX person_name;
        """,
    ),
    Scenario(
        name="index dropped and a unique constraint of its name",
        setup=SHOP + "CREATE UNIQUE INDEX uq ON person (name);",
        revision="DROP INDEX uq; ALTER TABLE person ADD CONSTRAINT uq UNIQUE (name);",
    ),
    Scenario(
        name="check dropped, values changed, check made anew",
        setup="""
            CREATE TABLE t (id integer PRIMARY KEY, state text CONSTRAINT known CHECK (state IN ('a', 'b')));
            INSERT INTO t SELECT i, (ARRAY['a', 'b'])[i % 2 + 1] FROM generate_series(1, 40) i;
        """,
        revision="""
            ALTER TABLE t DROP CONSTRAINT known;
            UPDATE t SET state = 'c' WHERE state = 'b';
            ALTER TABLE t ADD CONSTRAINT known CHECK (state IN ('a', 'c'));
        """,
    ),
    Scenario(
        name="not null with a name",
        setup=SHOP,
        revision="""
            ALTER TABLE person ADD CONSTRAINT has_age NOT NULL age;
            ALTER TABLE person ALTER COLUMN born SET NOT NULL;
            ALTER TABLE person ALTER COLUMN born DROP NOT NULL;
        """,
        since=18,
    ),
)
