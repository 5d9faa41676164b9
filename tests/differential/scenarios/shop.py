"""The database that most scenarios start from."""

SHOP = """
    CREATE TABLE person (
        id serial PRIMARY KEY, name text NOT NULL, email text, age integer, city text, note text,
        points integer NOT NULL DEFAULT 0, born date
    );
    INSERT INTO person (name, email, age, city, points, born)
    SELECT 'Name ' || i, CASE WHEN i % 3 > 0 THEN 'p' || i || '@x.org' END, i % 80, (ARRAY['Rome', 'Oslo',
        NULL])[i % 3 + 1],
        i, date '2000-01-01' + i
    FROM generate_series(1, 50) i;
    CREATE INDEX person_city ON person (city);
    CREATE INDEX person_lower ON person (lower(name) text_pattern_ops DESC) INCLUDE (age) WHERE age > 3;
    CREATE TABLE orders (
        id bigserial PRIMARY KEY, person_id integer NOT NULL REFERENCES person (id) ON DELETE CASCADE,
        total numeric(10, 2) NOT NULL DEFAULT 0, state varchar(20) DEFAULT 'new', parent_id bigint REFERENCES orders,
        code text CONSTRAINT orders_code UNIQUE, CONSTRAINT positive CHECK (total >= 0)
    );
    INSERT INTO orders (person_id, total, state, parent_id, code)
    SELECT i % 50 + 1, i, (ARRAY['new', 'paid', NULL])[i % 3 + 1], CASE WHEN i > 10 THEN i - 10 END, 'c' || i
    FROM generate_series(1, 60) i;
    CREATE INDEX orders_person ON orders (person_id);
"""

LOG = """
    CREATE TABLE log (line text, level integer, who integer);
    INSERT INTO log SELECT 'line ' || i, i % 5, i % 60 FROM generate_series(1, 60) i;
"""

EVENTS = """
    CREATE TABLE event (id integer NOT NULL, day integer NOT NULL, person_id integer, note text, PRIMARY KEY (id, day))
    PARTITION BY RANGE (day);
    CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM (0) TO (10);
    CREATE TABLE event_2 PARTITION OF event FOR VALUES FROM (10) TO (100) PARTITION BY LIST (id);
    CREATE TABLE event_2_rest PARTITION OF event_2 DEFAULT;
    INSERT INTO event SELECT i, i % 30, i % 50 + 1, 'x' || i FROM generate_series(1, 60) i;
"""

MEASURES = """
    CREATE TABLE measure (id serial NOT NULL, day integer NOT NULL, kind text NOT NULL DEFAULT 'x', code text,
        amount integer NOT NULL DEFAULT 1 CONSTRAINT amount_there CHECK (amount >= 0),
        PRIMARY KEY (id, day, kind), CONSTRAINT one_code UNIQUE (code, day, kind) INCLUDE (amount)
    ) PARTITION BY RANGE (day);
    CREATE TABLE measure_1 PARTITION OF measure FOR VALUES FROM (0) TO (10);
    CREATE TABLE measure_2 PARTITION OF measure FOR VALUES FROM (10) TO (20) PARTITION BY LIST (kind);
    CREATE TABLE measure_2_x PARTITION OF measure_2 FOR VALUES IN ('x');
    CREATE TABLE measure_2_rest PARTITION OF measure_2 DEFAULT;
    CREATE TABLE apart (kind text NOT NULL DEFAULT 'x',
        amount integer CONSTRAINT measure_amount_not_null NOT NULL DEFAULT 1,
        CONSTRAINT amount_there CHECK (amount >= 0),
        code text, day integer NOT NULL,
        id integer CONSTRAINT measure_id_not_null NOT NULL DEFAULT nextval('measure_id_seq'));
    INSERT INTO apart SELECT 'x', i, i, 25, i FROM generate_series(200, 220) i;
    ALTER TABLE apart ADD CONSTRAINT apart_key PRIMARY KEY (id, day, kind);
    ALTER TABLE measure ATTACH PARTITION apart FOR VALUES FROM (20) TO (100);
    INSERT INTO measure (day, kind, code, amount)
        SELECT i % 20, CASE i % 3 WHEN 0 THEN 'x' ELSE 'y' END, i, i * 7 FROM generate_series(1, 90) i;
    CREATE INDEX ON measure (amount DESC, day);
    CREATE INDEX ON measure (amount) WHERE amount > 5;
    CREATE INDEX ON measure ((amount * 2)) WITH (fillfactor = 70);
    CREATE INDEX alone ON measure_2_rest (code, amount);
    ALTER INDEX measure_1_amount_day_idx RENAME TO first_of_all;
    ALTER TABLE measure_1 CLUSTER ON first_of_all;
    COMMENT ON INDEX first_of_all IS 'the first';
    COMMENT ON CONSTRAINT measure_pkey ON measure IS 'the key';
    COMMENT ON COLUMN measure.amount IS 'how much';
    CREATE VIEW days AS SELECT day, count(*) FROM measure GROUP BY day;
"""
