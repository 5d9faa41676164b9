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
ANALYZE;
