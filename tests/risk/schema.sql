-- The situations that forms.sql is tried in: indexes of every sort, checks, foreign keys both ways,
-- partitions with and without DEFAULT, inheritance, views, domains. Every table has rows.
CREATE EXTENSION citext;
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE DOMAIN anything AS integer;
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE DOMAIN score AS integer;
ALTER DOMAIN score ADD CONSTRAINT low CHECK (VALUE >= 0) NOT VALID;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION work() RETURNS integer LANGUAGE plpgsql VOLATILE AS 'BEGIN RETURN 1; END';

CREATE TABLE country (id integer PRIMARY KEY, code varchar(10) UNIQUE, name text);
INSERT INTO country SELECT g, 'c' || g, 'n' || g FROM generate_series(1, 300) g;

CREATE TABLE account (
    id integer PRIMARY KEY,
    email text NOT NULL,
    name varchar(50),
    nick varchar(50),
    word varchar(50),
    title varchar(50),
    label varchar(50),
    note text,
    age integer,
    big bigint,
    fixed char(10),
    amount numeric(10, 2),
    anyamount numeric,
    made timestamp,
    seen timestamptz,
    due timestamp,
    exact timestamp(3),
    clock time(3),
    span interval(3),
    net cidr,
    bits bit(8),
    vbits varbit(8),
    doc json,
    docb jsonb,
    page xml,
    feel mood,
    ratio real,
    ci citext,
    tags varchar(20)[],
    dom anything,
    flag boolean,
    gone text DEFAULT 'x',
    must text NOT NULL DEFAULT 'x',
    twice integer GENERATED ALWAYS AS (7) STORED,
    country_id integer REFERENCES country ON UPDATE CASCADE,
    other_id integer,
    CONSTRAINT age_positive CHECK (age > 0),
    CONSTRAINT label_short CHECK (length(label) < 60),
    CONSTRAINT flag_set CHECK (flag IS NOT NULL AND age > 0)
);
INSERT INTO account (id, email, name, nick, word, title, label, note, age, big, amount, made, flag, country_id, other_id, gone)
SELECT g, 'e' || g, 'n', 'k' || g, 'w' || g, 't', 'l', '1', 1, g, 1, now(), true, g, g, 'g' FROM generate_series(1, 300) g;
ALTER TABLE account ADD CONSTRAINT other_known FOREIGN KEY (other_id) REFERENCES country NOT VALID;
ALTER TABLE account ADD CONSTRAINT note_set CHECK (note IS NOT NULL) NOT VALID;
CREATE INDEX account_nick ON account (nick);
CREATE INDEX account_word ON account (word) WHERE word IS NOT NULL;
CREATE INDEX account_title ON account (lower(title));
CREATE INDEX account_due ON account (due);
CREATE INDEX account_age ON account (age, big);
CREATE UNIQUE INDEX account_big ON account (big);
CREATE UNIQUE INDEX account_email ON account (email);
CREATE TRIGGER touched BEFORE UPDATE ON account FOR EACH ROW EXECUTE FUNCTION touch();
CREATE VIEW people AS SELECT id, name FROM account;
CREATE VIEW names AS SELECT name FROM people;
CREATE MATERIALIZED VIEW ages AS SELECT id, must FROM account;
CREATE UNIQUE INDEX ages_id ON ages (id);

CREATE TABLE orders (
    id bigint PRIMARY KEY,
    account_id integer REFERENCES account ON DELETE CASCADE,
    parent_id bigint REFERENCES orders,
    rating score
);
INSERT INTO orders SELECT g, g % 300 + 1, g, g FROM generate_series(1, 5000) g;

CREATE TABLE bare (a integer, b integer, c integer NOT NULL, d text, CONSTRAINT a_set CHECK (a IS NOT NULL));
INSERT INTO bare SELECT g, g, g, 'd' FROM generate_series(1, 300) g;
CREATE UNIQUE INDEX bare_a ON bare (a);
CREATE UNIQUE INDEX bare_b ON bare (b);
CREATE UNIQUE INDEX bare_c ON bare (c);

CREATE UNLOGGED TABLE scratch (id integer);
INSERT INTO scratch SELECT generate_series(1, 300);

CREATE TABLE measure (at integer NOT NULL, value integer, unit varchar(10), country_id integer REFERENCES country)
    PARTITION BY RANGE (at);
CREATE TABLE measure_1 PARTITION OF measure FOR VALUES FROM (0) TO (100);
CREATE TABLE measure_2 PARTITION OF measure FOR VALUES FROM (100) TO (300) PARTITION BY RANGE (at);
CREATE TABLE measure_2a PARTITION OF measure_2 FOR VALUES FROM (100) TO (300);
CREATE INDEX measure_value ON measure (value);
INSERT INTO measure SELECT g, g, 'm', g + 1 FROM generate_series(0, 299) g;
CREATE TABLE measure_new (at integer NOT NULL, value integer, unit varchar(10), country_id integer);
INSERT INTO measure_new SELECT g, g, 'm', 1 FROM generate_series(300, 399) g;
CREATE TABLE measure_proved (LIKE measure_new, CHECK (at IS NOT NULL AND at >= 300 AND at < 400));
INSERT INTO measure_proved SELECT g, g, 'm', 1 FROM generate_series(300, 340) g;
CREATE TABLE measure_ready (LIKE measure_proved INCLUDING CONSTRAINTS, FOREIGN KEY (country_id) REFERENCES country);
INSERT INTO measure_ready SELECT * FROM measure_proved;
CREATE INDEX measure_ready_value ON measure_ready (value);

CREATE TABLE event (id integer NOT NULL, kind text, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM (1) TO (100);
CREATE TABLE event_2 PARTITION OF event FOR VALUES FROM (2000) TO (3000);
CREATE TABLE event_rest PARTITION OF event DEFAULT;
INSERT INTO event SELECT g, 'k' FROM generate_series(1, 300) g;
CREATE TABLE event_new (id integer NOT NULL, kind text, PRIMARY KEY (id));
INSERT INTO event_new SELECT g, 'k' FROM generate_series(1000, 1100) g;
CREATE TABLE event_log (event_id integer REFERENCES event, at integer);
INSERT INTO event_log SELECT g, g FROM generate_series(1, 300) g;

CREATE TABLE base (id integer, text text);
CREATE TABLE heir (extra integer) INHERITS (base);
INSERT INTO base SELECT generate_series(1, 300);
INSERT INTO heir SELECT generate_series(1, 300);

CREATE TABLE shop (id integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, code serial, name text);
INSERT INTO shop (name) SELECT 'n' FROM generate_series(1, 300);
CREATE TABLE parentless (name text);
CREATE SCHEMA archive;
CREATE SEQUENCE counter;

CREATE TYPE address AS (street text, zip varchar(10));
CREATE TABLE place OF address;
INSERT INTO place SELECT 's', 'z' FROM generate_series(1, 300);
CREATE DOMAIN short AS varchar(20);
CREATE DOMAIN long AS varchar(40);
CREATE TABLE worded (word short, home address);
INSERT INTO worded (word) SELECT 'w' FROM generate_series(1, 300);
CREATE FUNCTION empties() RETURNS void LANGUAGE plpgsql AS 'BEGIN DELETE FROM scratch; END';

-- Partitions to be attached, whose CHECKs prove their bounds or do not.
CREATE TABLE pair (a integer NOT NULL, b integer NOT NULL) PARTITION BY RANGE (a, b);
CREATE TABLE pair_1 PARTITION OF pair FOR VALUES FROM (0, 0) TO (10, 5);
CREATE TABLE pair_plain (a integer NOT NULL, b integer NOT NULL);
INSERT INTO pair_plain SELECT 15, g FROM generate_series(1, 300) g;
CREATE TABLE pair_first (LIKE pair_plain, CHECK (a >= 11 AND a < 20));
INSERT INTO pair_first TABLE pair_plain;
CREATE TABLE pair_edge (LIKE pair_plain, CHECK (a >= 10 AND a < 20));
INSERT INTO pair_edge TABLE pair_plain;
CREATE TABLE pair_exact (LIKE pair_plain, CHECK ((a > 10 OR (a = 10 AND b >= 5)) AND (a < 20 OR (a = 20 AND b < 7))));
INSERT INTO pair_exact TABLE pair_plain;
CREATE TABLE region (code text NOT NULL) PARTITION BY LIST (code);
CREATE TABLE region_de PARTITION OF region FOR VALUES IN ('de');
CREATE TABLE zone (code text NOT NULL) PARTITION BY LIST (code);
CREATE TABLE zone_de PARTITION OF zone FOR VALUES IN ('de');
CREATE TABLE zone_rest PARTITION OF zone DEFAULT;
INSERT INTO zone SELECT 'zz' FROM generate_series(1, 300);
CREATE TABLE realm (code text NOT NULL) PARTITION BY LIST (code);
CREATE TABLE realm_rest PARTITION OF realm (CONSTRAINT last CHECK (code = 'zz')) DEFAULT;
INSERT INTO realm SELECT 'zz' FROM generate_series(1, 300);
CREATE TABLE code_plain (code text NOT NULL);
INSERT INTO code_plain SELECT 'jp' FROM generate_series(1, 300);
CREATE TABLE code_one (LIKE code_plain, CHECK (code = 'jp'));
INSERT INTO code_one TABLE code_plain;
CREATE TABLE code_two (LIKE code_plain, CHECK (code IN ('jp', 'kr')));
INSERT INTO code_two TABLE code_plain;
CREATE TABLE code_later (LIKE code_plain);
ALTER TABLE code_later ADD CHECK (code = 'jp') NOT VALID;
INSERT INTO code_later TABLE code_plain;
CREATE TABLE span (k integer NOT NULL) PARTITION BY RANGE (k);
CREATE TABLE span_rest PARTITION OF span (CONSTRAINT above CHECK (k >= 1000)) DEFAULT;
INSERT INTO span SELECT g + 1000 FROM generate_series(1, 300) g;
CREATE TABLE span_new (k integer NOT NULL, CHECK (k >= 20 AND k < 30));
INSERT INTO span_new SELECT 25 FROM generate_series(1, 300);
CREATE TABLE open (k integer NOT NULL) PARTITION BY RANGE (k);
CREATE TABLE open_1 PARTITION OF open FOR VALUES FROM (0) TO (10);
INSERT INTO open SELECT 3 FROM generate_series(1, 300);
CREATE TABLE hashed (k integer NOT NULL) PARTITION BY HASH (k);
CREATE TABLE hashed_0 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE hashed_new (k integer NOT NULL);
INSERT INTO hashed_new SELECT k FROM generate_series(1, 300) k WHERE NOT satisfies_hash_partition('hashed'::regclass, 2, 0, k);
CREATE TABLE day (at timestamptz NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE day_in (at timestamptz NOT NULL, CHECK (at >= '2024-03-02' AND at < '2024-03-20'));
INSERT INTO day_in SELECT '2024-03-05' FROM generate_series(1, 300);
CREATE TABLE day_out (at timestamptz NOT NULL, CHECK (at >= '2024-02-20' AND at < '2024-03-20'));
INSERT INTO day_out SELECT '2024-03-05' FROM generate_series(1, 300);
ANALYZE;
