"""Types, views, triggers, functions, and names that are hard to write."""

from tests.differential.scenario import Scenario
from tests.differential.scenarios.shop import SHOP

MOOD = """
    CREATE TYPE mood AS ENUM ('sad', 'ok');
    CREATE TABLE t (id integer PRIMARY KEY, m mood NOT NULL DEFAULT 'ok', n integer);
    INSERT INTO t SELECT i, (ARRAY['sad', 'ok']::mood[])[i % 2 + 1], i FROM generate_series(1, 40) i;
"""
HOSTILE = """
    CREATE SCHEMA "my.schema"; CREATE SCHEMA "größe";
    CREATE TABLE "my.schema"."The "" 'table' %s {x}" ("Id ""q" bigint PRIMARY KEY, "select" text, "a$1"
        integer, "naïve 名前" text);
    INSERT INTO "my.schema"."The "" 'table' %s {x}" SELECT i, 'v' || i, i, 'ü' || i FROM generate_series(1, 40) i;
    CREATE INDEX "in; dex" ON "my.schema"."The "" 'table' %s {x}" ("a$1");
    CREATE TABLE "größe"."user" ("id" integer PRIMARY KEY, "order" text DEFAULT '%s $1 {y} '' \\');
    INSERT INTO "größe"."user" SELECT generate_series(1, 40);
"""
NAMED = """
    CREATE SCHEMA kept; CREATE TYPE place AS (street text, zip integer);
    CREATE DOMAIN mail AS text CHECK (VALUE LIKE '%@%');
    CREATE TABLE t (id serial PRIMARY KEY, home place, contact mail);
    INSERT INTO t (home, contact) SELECT ROW('a' || i, i)::place, i || '@x' FROM generate_series(1, 40) i;
    CREATE SEQUENCE down INCREMENT -5 MAXVALUE 1000 START 1000; SELECT nextval('down');
"""
SCHEMA = """
    CREATE SCHEMA shop; GRANT USAGE ON SCHEMA shop TO PUBLIC; CREATE TYPE shop.place AS (street text, zip integer);
    CREATE SEQUENCE shop.free;
    CREATE TABLE shop.item (id serial PRIMARY KEY, home shop.place);
    CREATE TABLE shop.sale (id integer PRIMARY KEY REFERENCES shop.item, n integer DEFAULT nextval('shop.free'));
    CREATE VIEW shop.known AS SELECT id, home FROM shop.item; CREATE VIEW outside AS SELECT * FROM shop.known;
    INSERT INTO shop.item (home) SELECT ROW('a', i)::shop.place FROM generate_series(1, 40) i;
    INSERT INTO shop.sale SELECT id FROM shop.item; GRANT SELECT, INSERT ON shop.item TO PUBLIC;
"""

OBJECTS = (
    Scenario(
        name="enum made, used, old one dropped",
        setup=MOOD,
        revision="""
            CREATE TYPE feeling AS ENUM ('bad', 'good');
            ALTER TABLE t ADD COLUMN f feeling;
            UPDATE t SET f = CASE m WHEN 'sad' THEN 'bad'::feeling ELSE 'good'::feeling END;
            ALTER TABLE t ALTER COLUMN f SET NOT NULL;
            ALTER TABLE t DROP COLUMN m;
            DROP TYPE mood;
        """,
    ),
    Scenario(
        name="enum replaced by renaming",
        setup=MOOD,
        revision="""
            ALTER TYPE mood RENAME TO mood_old;
            CREATE TYPE mood AS ENUM ('sad', 'ok', 'fine');
            ALTER TABLE t ALTER COLUMN m DROP DEFAULT;
            ALTER TABLE t ALTER COLUMN m TYPE mood USING m::text::mood;
            ALTER TABLE t ALTER COLUMN m SET DEFAULT 'fine';
            DROP TYPE mood_old;
        """,
    ),
    Scenario(
        name="enum replaced, and the other's name given to it last",
        setup=MOOD,
        revision="""
            CREATE TYPE mood_new AS ENUM ('sad', 'fine');
            UPDATE t SET m = 'sad' WHERE m = 'ok';
            ALTER TABLE t ALTER COLUMN m DROP DEFAULT;
            ALTER TABLE t ALTER COLUMN m TYPE mood_new USING CASE WHEN m = 'ok' THEN 'fine' ELSE m::text END::mood_new;
            DROP TYPE mood;
            ALTER TYPE mood_new RENAME TO mood;
            ALTER TABLE t ALTER COLUMN m SET DEFAULT 'fine'::mood;
        """,
    ),
    Scenario(
        name="types and sequences renamed",
        setup=NAMED,
        revision="""
            ALTER TYPE place RENAME TO address;
            ALTER TABLE t ADD COLUMN former address;
            UPDATE t SET former = home;
            ALTER DOMAIN mail RENAME TO email;
            ALTER SEQUENCE t_id_seq RENAME TO t_number;
            ALTER TABLE down RENAME TO below;
            ALTER SEQUENCE below SET SCHEMA kept;
        """,
    ),
    Scenario(
        name="schema renamed",
        setup=SCHEMA,
        revision="ALTER SCHEMA shop RENAME TO store",
    ),
    Scenario(
        name="enum of several columns replaced, one of them with an exclusion",
        setup=MOOD
        + """
            CREATE TABLE u (id integer PRIMARY KEY, a mood, b mood NOT NULL DEFAULT 'sad');
            INSERT INTO u SELECT i, 'ok', 'sad' FROM generate_series(1, 40) i;
            CREATE INDEX u_a ON u (a, id);
            CREATE TABLE w (m mood, EXCLUDE USING btree (m WITH =));
            INSERT INTO w VALUES ('ok');
        """,
        revision="""
            ALTER TYPE mood RENAME TO mood_old;
            CREATE TYPE mood AS ENUM ('ok', 'sad', 'fine');
            ALTER TABLE w ALTER COLUMN m TYPE mood USING m::text::mood;
            ALTER TABLE t ALTER COLUMN m DROP DEFAULT;
            ALTER TABLE t ALTER COLUMN m TYPE mood USING m::text::mood;
            ALTER TABLE t ALTER COLUMN m SET DEFAULT 'fine';
            ALTER TABLE u ALTER COLUMN b DROP DEFAULT;
            ALTER TABLE u ALTER COLUMN a TYPE mood USING a::text::mood;
            ALTER TABLE u ALTER COLUMN b TYPE mood USING CASE b WHEN 'sad'::mood_old THEN 'fine' ELSE b::text END::mood;
            ALTER TABLE u ALTER COLUMN b SET DEFAULT 'fine';
            DROP TYPE mood_old;
        """,
    ),
    Scenario(
        name="composite values without a field that is set, where NULL is refused from then on",
        setup="""
            CREATE TYPE pair AS (a integer, b text);
            CREATE TABLE t (id integer PRIMARY KEY, p pair);
            INSERT INTO t SELECT i, ROW(NULL, NULL)::pair FROM generate_series(1, 60) i;
        """,
        revision="ALTER TABLE t ALTER COLUMN p SET NOT NULL; ALTER TABLE t RENAME COLUMN p TO q;",
    ),
    Scenario(
        name="enum value added and used",
        setup=MOOD,
        revision="""
            ALTER TYPE mood ADD VALUE IF NOT EXISTS 'fine' BEFORE 'ok';
            ALTER TYPE mood RENAME VALUE 'sad' TO 'blue';
            UPDATE t SET m = 'fine' WHERE n > 20;
            ALTER TABLE t ALTER COLUMN m SET DEFAULT 'fine';
        """,
        transactional=False,
    ),
    Scenario(
        name="enum becomes text with a check",
        setup=MOOD,
        revision="""
            ALTER TABLE t ALTER COLUMN m DROP DEFAULT;
            ALTER TABLE t ALTER COLUMN m TYPE varchar(10) USING m::varchar;
            ALTER TABLE t ADD CONSTRAINT moods CHECK (m IN ('sad', 'ok'));
            ALTER TABLE t ALTER COLUMN m SET DEFAULT 'ok';
            DROP TYPE mood;
        """,
    ),
    Scenario(
        name="text becomes enum",
        setup=SHOP,
        revision="""
            CREATE TYPE state AS ENUM ('new', 'paid');
            ALTER TABLE orders ALTER COLUMN state DROP DEFAULT, ALTER COLUMN state TYPE state USING state::state,
                ALTER COLUMN state SET DEFAULT 'new';
        """,
    ),
    Scenario(
        name="domains",
        setup=SHOP,
        revision="""
            CREATE DOMAIN mail AS text CHECK (VALUE LIKE '%@%');
            ALTER TABLE person ADD COLUMN work mail;
            UPDATE person SET work = email WHERE email IS NOT NULL;
            ALTER DOMAIN mail ADD CONSTRAINT long CHECK (length(VALUE) > 3);
            ALTER TABLE person ALTER COLUMN email TYPE mail;
        """,
    ),
    Scenario(
        name="view dropped, column changed, view made",
        setup=SHOP + "CREATE VIEW v AS SELECT id, age FROM person WHERE age > 10;",
        revision="""
            DROP VIEW v;
            ALTER TABLE person ALTER COLUMN age TYPE bigint;
            CREATE VIEW v AS SELECT id, age FROM person WHERE age > 10;
        """,
    ),
    Scenario(
        name="view of a column that is dropped",
        setup=SHOP + "CREATE VIEW v AS SELECT id, city FROM person;",
        revision="""
            DROP VIEW v;
            ALTER TABLE person DROP COLUMN city;
            CREATE VIEW v AS SELECT id, name FROM person;
        """,
    ),
    Scenario(
        name="view replaced",
        setup=SHOP + "CREATE VIEW v AS SELECT id, city FROM person;",
        revision="""
            ALTER TABLE person ADD COLUMN nick text;
            CREATE OR REPLACE VIEW v AS SELECT id, city, nick FROM person;
            CREATE VIEW w AS SELECT nick FROM v;
        """,
    ),
    Scenario(
        name="materialised view",
        setup=SHOP + "CREATE MATERIALIZED VIEW m AS SELECT city, count(*) AS n FROM person GROUP BY 1;",
        revision="""
            CREATE UNIQUE INDEX m_city ON m (city);
            UPDATE person SET city = 'Lima' WHERE city IS NULL;
            REFRESH MATERIALIZED VIEW m;
            CREATE MATERIALIZED VIEW m2 AS SELECT city FROM m;
        """,
    ),
    Scenario(
        name="trigger and function",
        setup=SHOP,
        revision="""
            ALTER TABLE person ADD COLUMN changed integer DEFAULT 0;
            CREATE FUNCTION touched() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN NEW.changed := coalesce(NEW.changed, 0) + 1; RETURN NEW; END $$;
            UPDATE person SET city = lower(city);
            CREATE TRIGGER touched BEFORE UPDATE ON person FOR EACH ROW EXECUTE FUNCTION touched();
            UPDATE person SET note = 'seen' WHERE id <= 10;
        """,
    ),
    Scenario(
        name="trigger replaced",
        setup=SHOP
        + """
            CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.note := ''f''; RETURN NEW; END';
            CREATE TRIGGER t BEFORE INSERT ON person FOR EACH ROW EXECUTE FUNCTION f();
        """,
        revision="""
            DROP TRIGGER t ON person;
            DROP FUNCTION f();
            CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.note := ''g''; RETURN NEW; END';
            CREATE TRIGGER t BEFORE INSERT ON person FOR EACH ROW EXECUTE FUNCTION f();
            INSERT INTO person (name) VALUES ('x');
        """,
    ),
    Scenario(
        name="function in a default and an index",
        setup=SHOP,
        revision="""
            CREATE FUNCTION slug(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT replace(lower($1), ' ', '-') $$;
            CREATE INDEX person_slug ON person (slug(name));
            ALTER TABLE person ADD COLUMN slug text;
            UPDATE person SET slug = slug(name);
            ALTER TABLE person ALTER COLUMN slug SET NOT NULL;
            ALTER TABLE person ADD CONSTRAINT slug_unique UNIQUE (slug);
        """,
    ),
    Scenario(
        name="extension",
        setup=SHOP,
        revision="""
            CREATE EXTENSION IF NOT EXISTS plpgsql;
            CREATE STATISTICS pair ON city, age FROM person;
            CREATE COLLATION german FROM "C";
            ALTER TABLE person ADD COLUMN de text COLLATE german;
        """,
    ),
    Scenario(
        name="search_path",
        setup="""
            CREATE SCHEMA a; CREATE SCHEMA b;
            CREATE TABLE a.t (id int PRIMARY KEY, x text); CREATE TABLE b.t (id int, y text);
            INSERT INTO a.t SELECT i, 'x' FROM generate_series(1, 30) i; INSERT INTO b.t SELECT generate_series(1, 30);
        """,
        revision="""
            SET search_path = b, a;
            ALTER TABLE t ADD COLUMN z integer;
            UPDATE t SET z = id;
            CREATE TABLE u (id integer PRIMARY KEY, t_id integer REFERENCES a.t);
            SET search_path = a;
            CREATE INDEX t_x ON t (x);
            UPDATE t SET x = 'y';
            ALTER TABLE t ALTER COLUMN x SET NOT NULL;
            CREATE FUNCTION g(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1 + 1';
            ALTER TABLE t ADD COLUMN g integer;
            UPDATE t SET g = g(id);
        """,
    ),
    Scenario(
        name="hostile names",
        setup=HOSTILE,
        revision="""
            SET search_path = "my.schema", "größe";
            ALTER TABLE "The "" 'table' %s {x}" ADD COLUMN "new ""col" text;
            UPDATE "The "" 'table' %s {x}" SET "new ""col" = "select" || '%s {z} $1 '' \\ ' || "naïve 名前";
            ALTER TABLE "The "" 'table' %s {x}" ALTER COLUMN "new ""col" SET NOT NULL;
            CREATE INDEX ON "The "" 'table' %s {x}" ("new ""col");
            DROP INDEX "in; dex";
            ALTER TABLE "The "" 'table' %s {x}" ADD COLUMN "user" integer DEFAULT 1 REFERENCES "user" ("id");
            ALTER TABLE "user" ADD CONSTRAINT "c {x} %s" CHECK ("order" LIKE '%s%');
            UPDATE "The "" 'table' %s {x}" SET "a$1" = "a$1" + 1;
            ALTER TABLE "user" ADD COLUMN "名前" text NOT NULL DEFAULT '{名}%';
            ALTER TABLE "The "" 'table' %s {x}" DROP COLUMN "naïve 名前";
        """,
    ),
    Scenario(
        name="names of 63 bytes",
        setup=f"CREATE TABLE {'t' * 63} (id integer PRIMARY KEY, {'c' * 63} text);"
        f" INSERT INTO {'t' * 63} SELECT i, 'x' || i FROM generate_series(1, 30) i;",
        revision=f"""
            CREATE INDEX ON {"t" * 63} ({"c" * 63});
            ALTER TABLE {"t" * 63} ADD UNIQUE ({"c" * 63});
            ALTER TABLE {"t" * 63} ADD COLUMN {"d" * 63} text;
            UPDATE {"t" * 63} SET {"d" * 63} = {"c" * 63};
            ALTER TABLE {"t" * 63} ALTER COLUMN {"d" * 63} SET NOT NULL;
            ALTER TABLE {"t" * 63} ADD COLUMN e bigserial;
            ALTER TABLE {"t" * 63} ADD CHECK ({"c" * 63} <> ''), ADD FOREIGN KEY ({"c" * 63}) REFERENCES {"t" * 63} ({
            "c" * 63
        });
        """,
        ignore=(f"public.{'t' * 63}.e",),  # numbered in the order in which the rows lie
    ),
    Scenario(
        name="rules and publications",
        setup=SHOP,
        revision="""
            CREATE RULE nothing AS ON DELETE TO orders DO INSTEAD NOTHING;
            CREATE PUBLICATION pub FOR TABLE person;
            ALTER TABLE person ADD COLUMN x integer DEFAULT 3;
        """,
    ),
)
