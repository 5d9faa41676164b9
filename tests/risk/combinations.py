"""Schemas and statements to combine: one shape of the table t, any decorations of it, one statement about it.

Every shape holds rows in each of its tables, so that a scan is seen. A decoration that a shape cannot have is left out.
"""

COMMON = """
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE DOMAIN anything AS integer;
CREATE DOMAIN small AS integer CHECK (VALUE < 100000);
CREATE DOMAIN smaller AS small;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TABLE other (id integer PRIMARY KEY, code text UNIQUE, name text);
INSERT INTO other SELECT i, i, i FROM generate_series(1, 120) i;
CREATE TABLE parted (id integer PRIMARY KEY, name text) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (1) TO (60);
CREATE TABLE parted_2 PARTITION OF parted DEFAULT;
INSERT INTO parted SELECT i, i FROM generate_series(1, 120) i;
CREATE TABLE beside (k integer NOT NULL, o integer, p integer, a integer, b varchar(20), c timestamp, d numeric(10, 2),
    e mood, f anything, s text, h text NOT NULL DEFAULT 'x');
INSERT INTO beside (k, o, p, a, b, s) SELECT i, 1, 1, i, i, i FROM generate_series(1000, 1100) i;
"""
COLUMNS = """
CREATE TABLE t (k integer NOT NULL, o integer, p integer, a integer, b varchar(20), c timestamp, d numeric(10, 2),
    e mood, f anything, s text, h text NOT NULL DEFAULT 'x')
"""
ROWS = """
INSERT INTO t (k, o, p, a, b, c, d, e, f, s)
SELECT i, i, i, i, i, '2020-01-01', i, 'ok', i, i FROM generate_series(1, 120) i;
"""
SHAPES = {
    "plain": COLUMNS + "; ALTER TABLE t ADD PRIMARY KEY (k);" + ROWS,
    "no key": COLUMNS + ";" + ROWS,
    "inherited": COLUMNS
    + "; CREATE TABLE heir (extra text) INHERITS (t); CREATE TABLE grandheir () INHERITS (heir);"
    + ROWS
    + "INSERT INTO heir SELECT * FROM t; INSERT INTO grandheir SELECT * FROM ONLY t;",
    "partitions": COLUMNS
    + """ PARTITION BY RANGE (k);
    ALTER TABLE t ADD PRIMARY KEY (k);
    CREATE TABLE t_1 PARTITION OF t FOR VALUES FROM (0) TO (50);
    CREATE TABLE t_2 PARTITION OF t FOR VALUES FROM (50) TO (200);
    """
    + ROWS,
    "partitions of partitions": COLUMNS
    + """ PARTITION BY RANGE (k);
    CREATE TABLE t_1 PARTITION OF t FOR VALUES FROM (0) TO (50);
    CREATE TABLE t_2 PARTITION OF t FOR VALUES FROM (50) TO (80) PARTITION BY LIST (a);
    CREATE TABLE t_2a PARTITION OF t_2 FOR VALUES IN (55);
    CREATE TABLE t_2b PARTITION OF t_2 DEFAULT;
    CREATE TABLE t_rest PARTITION OF t DEFAULT;
    """
    + ROWS,
}
DECORATIONS = (
    "CREATE INDEX i_a ON t (a)",
    "CREATE UNIQUE INDEX i_ka ON t (k, a)",
    "CREATE INDEX i_b ON t (b) WHERE b IS NOT NULL",
    "CREATE INDEX i_lower ON t (lower(b))",
    "CREATE INDEX i_include ON t (o) INCLUDE (b, c)",
    "CREATE INDEX i_c ON t (c)",
    "CREATE INDEX i_d ON t USING hash (d)",
    "CREATE INDEX i_e ON t (e)",
    "CREATE INDEX i_f ON t (f)",
    "CREATE INDEX i_s ON t (s text_pattern_ops)",
    "ALTER TABLE t ADD CONSTRAINT a_set CHECK (a IS NOT NULL)",
    "ALTER TABLE t ADD CONSTRAINT a_maybe CHECK (a IS NOT NULL) NOT VALID",
    "ALTER TABLE t ADD CONSTRAINT a_and CHECK (a IS NOT NULL AND b IS NOT NULL AND k > 0)",
    "ALTER TABLE t ADD CONSTRAINT a_small CHECK (a < 100000)",
    "ALTER TABLE t ADD CONSTRAINT b_short CHECK (length(b) < 30)",
    "ALTER TABLE t ADD CONSTRAINT b_later CHECK (length(b) < 30) NOT VALID",
    "ALTER TABLE t ADD CONSTRAINT d_any CHECK (d IS NULL OR d >= 0)",
    "ALTER TABLE t ADD CONSTRAINT o_known FOREIGN KEY (o) REFERENCES other",
    "ALTER TABLE t ADD CONSTRAINT o_later FOREIGN KEY (o) REFERENCES other NOT VALID",
    "ALTER TABLE t ADD CONSTRAINT p_known FOREIGN KEY (p) REFERENCES parted ON DELETE CASCADE",
    "ALTER TABLE t ADD CONSTRAINT a_self FOREIGN KEY (a) REFERENCES t (k)",
    """CREATE TABLE back (t_k integer REFERENCES t (k) ON UPDATE CASCADE ON DELETE CASCADE);
    INSERT INTO back SELECT k FROM t""",
    """CREATE TABLE later (t_k integer); INSERT INTO later SELECT k FROM t;
    ALTER TABLE later ADD FOREIGN KEY (t_k) REFERENCES t (k) NOT VALID""",
    "ALTER TABLE t ADD COLUMN g integer GENERATED ALWAYS AS (a * 2) STORED",
    "ALTER TABLE t ALTER COLUMN a SET NOT NULL",
    "ALTER TABLE t REPLICA IDENTITY FULL",
    "ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY mine ON t USING (a > 0)",
    "CREATE PUBLICATION changes FOR TABLE t",
    "CREATE TRIGGER touched BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION touch()",
    "CREATE STATISTICS apart ON a, o FROM t",
    "CREATE VIEW v AS SELECT k, s FROM t; CREATE VIEW vv AS SELECT s FROM v",
    "CREATE MATERIALIZED VIEW m AS SELECT k, h FROM t",
    "ALTER TABLE t ADD COLUMN w small",
    "CREATE TABLE user_of_type (x smaller); INSERT INTO user_of_type SELECT k FROM other",
    "ALTER TABLE t SET (fillfactor = 80)",
)
STATEMENTS = (
    "ALTER TABLE t ADD COLUMN z integer",
    "ALTER TABLE t ADD COLUMN z integer NOT NULL DEFAULT 1",
    "ALTER TABLE t ADD COLUMN z float DEFAULT random()",
    "ALTER TABLE t ADD COLUMN z small",
    "ALTER TABLE t ADD COLUMN z smaller DEFAULT 4",
    "ALTER TABLE t ADD COLUMN z integer CHECK (z > 0)",
    "ALTER TABLE t ADD COLUMN z integer REFERENCES other",
    "ALTER TABLE t ADD COLUMN z integer DEFAULT 1 REFERENCES other",
    "ALTER TABLE t ADD COLUMN z integer REFERENCES parted",
    "ALTER TABLE t ADD COLUMN z integer UNIQUE",
    "ALTER TABLE t ADD COLUMN z integer GENERATED ALWAYS AS (a + 1) STORED",
    "ALTER TABLE t DROP COLUMN a",
    "ALTER TABLE t DROP COLUMN a CASCADE",
    "ALTER TABLE t DROP COLUMN b",
    "ALTER TABLE t DROP COLUMN o",
    "ALTER TABLE t DROP COLUMN p",
    "ALTER TABLE t DROP COLUMN k CASCADE",
    "ALTER TABLE t DROP COLUMN s CASCADE",
    "ALTER TABLE t ALTER COLUMN a SET NOT NULL",
    "ALTER TABLE t ALTER COLUMN b SET NOT NULL",
    "ALTER TABLE t ALTER COLUMN h DROP NOT NULL",
    "ALTER TABLE t ALTER COLUMN a SET DEFAULT 5",
    "ALTER TABLE t ALTER COLUMN h DROP DEFAULT",
    "ALTER TABLE t ALTER COLUMN a TYPE bigint",
    "ALTER TABLE t ALTER COLUMN a TYPE integer",
    "ALTER TABLE t ALTER COLUMN a TYPE anything",
    "ALTER TABLE t ALTER COLUMN a TYPE small",
    "ALTER TABLE t ALTER COLUMN b TYPE varchar(40)",
    "ALTER TABLE t ALTER COLUMN b TYPE varchar(10)",
    "ALTER TABLE t ALTER COLUMN b TYPE text",
    "ALTER TABLE t ALTER COLUMN b TYPE citext",
    'ALTER TABLE t ALTER COLUMN b TYPE varchar(20) COLLATE "C"',
    "ALTER TABLE t ALTER COLUMN b TYPE text USING b::text",
    "ALTER TABLE t ALTER COLUMN b TYPE text USING b || ''",
    "ALTER TABLE t ALTER COLUMN c TYPE timestamptz",
    "ALTER TABLE t ALTER COLUMN c TYPE timestamp(3)",
    "ALTER TABLE t ALTER COLUMN c TYPE date",
    "ALTER TABLE t ALTER COLUMN d TYPE numeric(12, 2)",
    "ALTER TABLE t ALTER COLUMN d TYPE numeric",
    "ALTER TABLE t ALTER COLUMN d TYPE numeric(12, 4)",
    "ALTER TABLE t ALTER COLUMN e TYPE text",
    "ALTER TABLE t ALTER COLUMN f TYPE integer",
    "ALTER TABLE t ALTER COLUMN f TYPE smaller",
    "ALTER TABLE t ALTER COLUMN o TYPE bigint",
    "ALTER TABLE t ALTER COLUMN s TYPE varchar",
    "ALTER TABLE t ADD CONSTRAINT z CHECK (a < 5000)",
    "ALTER TABLE t ADD CONSTRAINT z CHECK (a < 5000) NOT VALID",
    "ALTER TABLE t ADD CONSTRAINT z FOREIGN KEY (o) REFERENCES other",
    "ALTER TABLE t ADD CONSTRAINT z FOREIGN KEY (o) REFERENCES parted",
    "ALTER TABLE t ADD CONSTRAINT z FOREIGN KEY (o) REFERENCES other NOT VALID",
    "ALTER TABLE other ADD CONSTRAINT z FOREIGN KEY (id) REFERENCES t (k)",
    "ALTER TABLE t ADD CONSTRAINT z UNIQUE (k, b)",
    "ALTER TABLE t ADD CONSTRAINT z UNIQUE USING INDEX i_ka",
    "ALTER TABLE t ADD CONSTRAINT z PRIMARY KEY (k, a)",
    "ALTER TABLE t VALIDATE CONSTRAINT a_maybe",
    "ALTER TABLE t VALIDATE CONSTRAINT o_later",
    "ALTER TABLE t DROP CONSTRAINT a_set",
    "ALTER TABLE t DROP CONSTRAINT o_known",
    "ALTER TABLE t DROP CONSTRAINT p_known",
    "ALTER TABLE t DROP CONSTRAINT t_pkey CASCADE",
    "ALTER TABLE t RENAME CONSTRAINT a_set TO z",
    "ALTER TABLE t RENAME COLUMN a TO z",
    "ALTER TABLE t RENAME TO z",
    "ALTER TABLE t REPLICA IDENTITY DEFAULT",
    "ALTER TABLE t DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE t DISABLE TRIGGER ALL",
    "ALTER TABLE t SET (fillfactor = 70)",
    "ALTER TABLE t SET UNLOGGED",
    "ALTER TABLE t ALTER COLUMN a SET STATISTICS 200",
    "ALTER TABLE t ATTACH PARTITION beside FOR VALUES FROM (1000) TO (2000)",
    "ALTER TABLE t DETACH PARTITION t_1",
    "ALTER TABLE t DETACH PARTITION t_2",
    "CREATE TABLE z PARTITION OF t FOR VALUES FROM (1000) TO (2000)",
    "CREATE INDEX z ON t (a, b)",
    "CREATE UNIQUE INDEX z ON t (k, o)",
    "CREATE INDEX z ON ONLY t (a)",
    "DROP INDEX i_a",
    "DROP INDEX i_b",
    "ALTER INDEX i_a RENAME TO z",
    "REINDEX TABLE t",
    "DROP TABLE t",
    "DROP TABLE t CASCADE",
    "DROP TABLE t_1",
    "DROP TABLE other CASCADE",
    "TRUNCATE t CASCADE",
    "UPDATE t SET h = 'y'",
    "UPDATE t SET o = 1",
    "UPDATE t SET h = 'y' WHERE k = 5",
    "DELETE FROM t WHERE a > 5",
    "DELETE FROM other",
    "INSERT INTO other SELECT k + 1000 FROM t",
    "ALTER DOMAIN small ADD CHECK (VALUE > -5)",
    "ALTER DOMAIN anything ADD CHECK (VALUE > -5)",
    "ALTER DOMAIN anything ADD CHECK (VALUE > -5) NOT VALID",
    "CREATE TRIGGER z BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION touch()",
    "DROP TRIGGER touched ON t",
    "CREATE VIEW z AS SELECT * FROM t",
    "REFRESH MATERIALIZED VIEW m",
    "DROP VIEW v CASCADE",
    "COMMENT ON COLUMN t.a IS 'x'",
    "CREATE POLICY z ON t USING (true)",
    "LOCK TABLE t IN SHARE MODE",
    "DROP TYPE mood CASCADE",
)
TIME_ZONES = ("UTC", "Europe/Berlin")
