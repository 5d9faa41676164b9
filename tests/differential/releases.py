"""Revisions with what the application's code before and after them does."""

from dataclasses import dataclass

from tests.differential.scenario import Scenario
from tests.differential.scenarios.shop import MEASURES, SHOP


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A revision and the statements of both versions of the code; each inserts one row of person a turn.

    Attributes:
        old, new: statements with %(n)s for the turn's own number; what they return must be true.
        truth: a SELECT of one boolean that holds in the end for every row.
    """

    scenario: Scenario
    old: tuple[str, ...]
    new: tuple[str, ...]
    truth: str


_INSERT = "INSERT INTO person (id, name, city, age) VALUES (%(n)s, 'n' || %(n)s, 'Oslo', %(n)s %% 80) RETURNING true"
_MOOD = (
    SHOP
    + """
    CREATE TYPE mood AS ENUM ('sad', 'ok', 'odd');
    ALTER TABLE person ADD COLUMN mood mood NOT NULL DEFAULT 'ok';
"""
)
# As drivers that know the type of a parameter send it.
_OLD_MOOD = (
    "INSERT INTO person (id, name) VALUES (%(n)s, 'n') RETURNING mood = 'ok'::mood",
    "UPDATE person SET mood = 'sad'::mood WHERE id = %(n)s AND mood = 'ok'::mood RETURNING mood::text = 'sad'",
    "SELECT count(*) = 1 FROM person WHERE id = %(n)s AND mood = 'sad'::mood",
)
_NEW_MOOD = (
    "INSERT INTO person (id, name) VALUES (%(n)s, 'n') RETURNING mood = 'ok'::mood",
    "UPDATE person SET mood = 'fine'::mood WHERE id = %(n)s RETURNING mood = 'fine'::mood",
)
_MOOD_TRUTH = """
    SELECT bool_and(mood = CASE WHEN id <= 50 THEN 'ok' WHEN id < 1000000 THEN 'sad' ELSE 'fine' END::mood) FROM person
"""
_READ = "SELECT name = 'n' || %(n)s, city = 'Oslo' FROM person WHERE id = %(n)s"
_OLD = (_INSERT, _READ, "UPDATE person SET age = age WHERE id = %(n)s")

RELEASES = (
    Release(
        scenario=Scenario(
            name="a column filled by an expression and made NOT NULL",
            setup=SHOP,
            revision="""
                ALTER TABLE person ADD COLUMN label text;
                UPDATE person SET label = upper(name);
                ALTER TABLE person ALTER COLUMN label SET NOT NULL;
            """,
        ),
        old=(*_OLD, "UPDATE person SET name = 'm' || %(n)s WHERE id = %(n)s RETURNING name = 'm' || %(n)s"),
        new=(
            "INSERT INTO person (id, name, label) VALUES (%(n)s, 'n', 'l' || %(n)s) RETURNING label = 'l' || %(n)s",
            "SELECT bool_and(label IS NOT NULL) FROM person",
            "UPDATE person SET name = 'z', label = 'Z' WHERE id = %(n)s RETURNING label = 'Z'",
        ),
        truth="SELECT bool_and(label = upper(name)) FROM person",
    ),
    Release(
        scenario=Scenario(
            name="a column filled by two conditions",
            setup=SHOP,
            revision="""
                ALTER TABLE person ADD COLUMN kind text;
                UPDATE person SET kind = 'young' WHERE age < 30;
                UPDATE person SET kind = 'old' WHERE age >= 30;
                ALTER TABLE person ALTER COLUMN kind SET NOT NULL;
            """,
        ),
        old=_OLD,
        new=(
            "INSERT INTO person (id, name, age, kind) VALUES (%(n)s, 'n', 3, 'young') RETURNING kind = 'young'",
            "SELECT bool_and(kind IS NOT NULL) FROM person",
        ),
        truth="SELECT bool_and(kind = CASE WHEN age < 30 THEN 'young' ELSE 'old' END) FROM person",
    ),
    Release(
        scenario=Scenario(
            name="a column filled for all, then for some",
            setup=SHOP,
            revision="""
                ALTER TABLE person ADD COLUMN kind text;
                UPDATE person SET kind = 'other';
                UPDATE person SET kind = 'northern' WHERE city = 'Oslo';
                ALTER TABLE person ALTER COLUMN kind SET NOT NULL;
            """,
        ),
        old=_OLD,
        new=(
            "INSERT INTO person (id, name, kind) VALUES (%(n)s, 'n', 'other') RETURNING kind = 'other'",
            "SELECT bool_and(kind IS NOT NULL) FROM person",
        ),
        truth="SELECT bool_and(kind = CASE WHEN city = 'Oslo' THEN 'northern' ELSE 'other' END) FROM person",
    ),
    Release(
        scenario=Scenario(
            name="NULLs of an old column filled and forbidden",
            setup=SHOP,
            revision="""
                UPDATE person SET email = name || '@none' WHERE email IS NULL;
                ALTER TABLE person ALTER COLUMN email SET NOT NULL;
                CREATE INDEX ON person (email);
            """,
        ),
        old=(
            _INSERT,
            "UPDATE person SET email = NULL WHERE id = %(n)s RETURNING true",
            "UPDATE person SET email = 'e' || %(n)s WHERE id = %(n)s RETURNING email = 'e' || %(n)s",
        ),
        new=(
            "INSERT INTO person (id, name, email) VALUES (%(n)s, 'n', 'e' || %(n)s) RETURNING email = 'e' || %(n)s",
            "SELECT bool_and(email IS NOT NULL) FROM person",
        ),
        truth="SELECT bool_and(email IS NOT NULL) FROM person",
    ),
    Release(
        scenario=Scenario(
            name="NULLs of an old column filled, and allowed as before",
            setup=SHOP,
            revision="UPDATE person SET city = 'none' WHERE city IS NULL",
        ),
        old=(_INSERT, "UPDATE person SET city = NULL WHERE id = %(n)s RETURNING city IS NULL"),
        new=("INSERT INTO person (id, name) VALUES (%(n)s, 'n') RETURNING city IS NULL",),
        truth="SELECT bool_and(city IS NOT NULL) FROM person WHERE id < 1000",
    ),
    Release(
        scenario=Scenario(
            name="each row once",
            setup=SHOP,
            revision="UPDATE person SET points = points + 1 WHERE id < 1000",
        ),
        old=(_INSERT, "UPDATE person SET age = age + 0 WHERE id = %(n)s %% 50 + 1 RETURNING points >= id"),
        new=("INSERT INTO person (id, name) VALUES (%(n)s, 'n') RETURNING points = 0",),
        truth="SELECT bool_and(points = id + 1) FROM person WHERE id < 1000",
    ),
    Release(
        scenario=Scenario(
            name="a column dropped with its index, a key and a check",
            setup=SHOP
            + "ALTER TABLE person ADD CONSTRAINT aged CHECK (age >= 0), ALTER COLUMN age SET NOT NULL;"
            + "ALTER TABLE person ADD CONSTRAINT city_known CHECK (city IS NOT NULL) NOT VALID;",
            revision="ALTER TABLE person DROP COLUMN age; ALTER TABLE person DROP COLUMN city;",
        ),
        old=(_INSERT, _READ, "UPDATE person SET age = 5 WHERE id = %(n)s RETURNING age = 5"),
        new=("INSERT INTO person (id, name) VALUES (%(n)s, 'n') RETURNING true",),
        truth="SELECT true",
    ),
    Release(
        scenario=Scenario(
            name="a column with a default that is dropped again",
            setup=SHOP,
            revision="""
                ALTER TABLE person ADD COLUMN active boolean DEFAULT true NOT NULL;
                ALTER TABLE person ALTER COLUMN active DROP DEFAULT;
            """,
        ),
        old=_OLD,
        new=("INSERT INTO person (id, name, active) VALUES (%(n)s, 'n', false) RETURNING NOT active",),
        truth="SELECT bool_and(active = (name <> 'n')) FROM person",
    ),
    Release(
        scenario=Scenario(
            name="indexes, a unique key, a check and a foreign key",
            setup=SHOP,
            revision="""
                CREATE INDEX ON person (age);
                ALTER TABLE person ADD CONSTRAINT one_name UNIQUE (name);
                ALTER TABLE person ADD CONSTRAINT aged CHECK (age >= 0);
                ALTER TABLE person ADD COLUMN boss integer REFERENCES person;
                CREATE TABLE pet (id integer PRIMARY KEY, person_id integer REFERENCES person);
            """,
        ),
        old=_OLD,
        new=(
            "INSERT INTO person (id, name, boss) VALUES (%(n)s, 'b' || %(n)s, 1) RETURNING boss = 1",
            "INSERT INTO pet VALUES (%(n)s, %(n)s) RETURNING true",
        ),
        truth="SELECT true",
    ),
    Release(
        scenario=Scenario(
            name="a column with a default, a key and an index renamed",
            setup=SHOP
            + """
                ALTER TABLE person ADD CONSTRAINT one_name UNIQUE (name), ALTER COLUMN city SET DEFAULT 'Oslo';
                ALTER TABLE person ADD COLUMN changes integer DEFAULT 0;
                CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS
                    'BEGIN NEW.changes := OLD.changes + 1; RETURN NEW; END';
                CREATE TRIGGER noted BEFORE UPDATE ON person FOR EACH ROW EXECUTE FUNCTION note_change();
            """,
            revision="ALTER TABLE person RENAME COLUMN name TO title; ALTER TABLE person RENAME COLUMN city TO town",
        ),
        old=(
            "INSERT INTO person (id, name) VALUES (%(n)s, 'n' || %(n)s) RETURNING name = 'n' || %(n)s, city = 'Oslo'",
            (
                "UPDATE person SET name = 'm' || %(n)s, city = 'Rome' WHERE id = %(n)s"
                " RETURNING name = 'm' || %(n)s, changes = 1"
            ),
            "UPDATE person SET city = NULL WHERE id = %(n)s RETURNING name = 'm' || %(n)s, city IS NULL, changes = 2",
            (
                "INSERT INTO person (id, name) VALUES (0, 'm' || %(n)s) ON CONFLICT (name) DO UPDATE SET city = 'Bari'"
                " RETURNING city = 'Bari', person.id = %(n)s"
            ),
            "UPDATE person SET city = city WHERE id = %(n)s %% 50 + 1 RETURNING name = 'Name ' || id",
            "SELECT bool_and(name IS NOT NULL) FROM person",
        ),
        new=(
            (
                "INSERT INTO person (id, title, town) VALUES (%(n)s, 'n' || %(n)s, NULL)"
                " RETURNING title = 'n' || %(n)s, town IS NULL"
            ),
            (
                "UPDATE person SET title = 't' || %(n)s, town = 'Rome' WHERE id = %(n)s"
                " RETURNING title = 't' || %(n)s, town = 'Rome', changes = 1"
            ),
            "UPDATE person SET age = 3 WHERE id = %(n)s RETURNING title = 't' || %(n)s, town = 'Rome'",
            "UPDATE person SET town = NULL WHERE id = %(n)s RETURNING title = 't' || %(n)s, town IS NULL",
            (
                "INSERT INTO person (id, title) VALUES (0, 't' || %(n)s) ON CONFLICT (title)"
                " DO UPDATE SET town = 'Bari' RETURNING town = 'Bari', person.id = %(n)s"
            ),
            "SELECT bool_and(CASE WHEN id <= 50 THEN title = 'Name ' || id ELSE title IS NOT NULL END) FROM person",
        ),
        truth="""
            SELECT bool_and(CASE WHEN id <= 50 THEN title = 'Name ' || id WHEN id < 1000000 THEN title = 'm' || id
                ELSE title = 't' || id END AND (id <= 50 OR town = 'Bari'))
            FROM person
        """,
    ),
    Release(
        scenario=Scenario(
            name="a column made wider, in keys, checks and indexes",
            setup=SHOP
            + """
                CREATE FUNCTION note_age() RETURNS trigger LANGUAGE plpgsql AS
                    'BEGIN NEW.note := NEW.age + 1; IF NEW.age > 0 THEN NEW.city := NEW.age; END IF; RETURN NEW; END';
                CREATE TRIGGER noted BEFORE INSERT OR UPDATE ON person FOR EACH ROW EXECUTE FUNCTION note_age();
                ALTER TABLE person ADD CONSTRAINT one_of_each UNIQUE (age, id), ADD CHECK (age >= 0);
                ALTER TABLE person ALTER COLUMN points SET DEFAULT 3;
                CREATE INDEX person_points ON person (points DESC) WHERE points > 5;
            """,
            revision="""
                ALTER TABLE person ALTER COLUMN age TYPE bigint;
                ALTER TABLE person ALTER COLUMN points TYPE numeric;
            """,
        ),
        old=(
            "INSERT INTO person (id, name, age) VALUES (%(n)s, 'n' || %(n)s, 5) RETURNING age = 5, points = 3",
            "UPDATE person SET age = age + 1, points = 5 WHERE id = %(n)s RETURNING age = 6, points = 5, note = '7'",
            (
                "INSERT INTO person (id, name, age) VALUES (%(n)s, 'n', 6)"
                " ON CONFLICT (age, id) DO UPDATE SET points = 8 RETURNING points = 8"
            ),
            "SELECT age = 6, points = 8 FROM person WHERE id = %(n)s",
            "UPDATE person SET points = points WHERE id = %(n)s %% 50 + 1 RETURNING points = id",
        ),
        new=(
            (
                "INSERT INTO person (id, name, age) VALUES (%(n)s, 'n' || %(n)s, 5000000000)"
                " RETURNING age = 5000000000, points = 3"
            ),
            (
                "UPDATE person SET age = age + 1, points = 1.5 WHERE id = %(n)s"
                " RETURNING age = 5000000001, points = 1.5, city = '5000000001'"
            ),
            "UPDATE person SET points = 1e30 WHERE id = %(n)s RETURNING points = 1e30",
            "SELECT age = 5000000001, points = 1e30 FROM person WHERE id = %(n)s",
        ),
        truth="""
            SELECT bool_and(CASE WHEN id <= 50 THEN points = id AND age = id % 80 WHEN id < 1000000
                THEN age = 6 AND points = 8 ELSE age = 5000000001 AND points = 1e30 END) FROM person
        """,
    ),
    Release(
        scenario=Scenario(
            name="a key of partitions made wider, and an amount",
            setup=SHOP + MEASURES,
            revision="""
                ALTER TABLE measure ALTER COLUMN id TYPE bigint;
                ALTER TABLE measure ALTER COLUMN amount TYPE numeric;
            """,
        ),
        old=(
            _INSERT,
            "INSERT INTO measure (id, day) VALUES (%(n)s, %(n)s %% 20) RETURNING amount = 1 AND id = %(n)s",
            "UPDATE measure SET amount = amount + 1 WHERE id = %(n)s RETURNING amount = 2",
            (
                "INSERT INTO measure (id, day) VALUES (%(n)s, %(n)s %% 20)"
                " ON CONFLICT (id, day, kind) DO UPDATE SET amount = 8 RETURNING measure.amount = 8"
            ),
            "UPDATE measure SET kind = 'y' WHERE id = %(n)s RETURNING amount = 8 AND kind = 'y'",
            "SELECT count(*) = 1 FROM measure WHERE id = %(n)s AND amount = 8",
        ),
        new=(
            _INSERT,
            "INSERT INTO measure (id, day) VALUES (%(n)s + 5000000000, %(n)s %% 20) RETURNING id > 5000000000",
            "UPDATE measure SET amount = 1.5, kind = 'y' WHERE id = %(n)s + 5000000000 RETURNING amount = 1.5",
            "SELECT count(*) = 1 FROM measure WHERE id = %(n)s + 5000000000 AND amount = 1.5",
        ),
        truth="""
            SELECT bool_and(CASE WHEN id <= 90 THEN amount = id * 7 WHEN id <= 220 THEN amount = id
                WHEN id < 5000000000 THEN amount = 8 AND kind = 'y' ELSE amount = 1.5 END) FROM measure
        """,
    ),
    Release(
        scenario=Scenario(
            name="a composite type, a domain and a sequence that get other names",
            setup=SHOP
            + """
                CREATE TYPE place AS (street text, zip integer);
                CREATE DOMAIN mail AS text CHECK (VALUE LIKE '%@%');
                CREATE FUNCTION zip_of(place) RETURNS integer LANGUAGE sql AS 'SELECT $1.zip';
                CREATE TABLE ticket (id serial PRIMARY KEY, home place, contact mail NOT NULL);
                INSERT INTO ticket (home, contact) SELECT ROW('a', id)::place, id || '@x' FROM person;
            """,
            revision="""
                ALTER TYPE place RENAME TO address;
                ALTER DOMAIN mail RENAME TO email;
                ALTER SEQUENCE ticket_id_seq RENAME TO ticket_number;
            """,
        ),
        old=(
            _INSERT,
            (
                "INSERT INTO ticket VALUES (nextval('ticket_id_seq'), ROW('o', %(n)s)::place, (%(n)s || '@o')::mail)"
                " RETURNING id = currval('ticket_id_seq'), zip_of(home) = %(n)s"
            ),
            "INSERT INTO ticket (contact) VALUES ((%(n)s || '@d')::mail) RETURNING home IS NULL",
            "SELECT count(*) = 1 FROM ticket WHERE contact = (%(n)s || '@o')::mail AND home = ROW('o', %(n)s)::place",
            "SELECT zip_of(ROW('x', %(n)s)::place) = %(n)s, (ROW('x', 5)::place).zip = 5",
        ),
        new=(
            _INSERT,
            (
                "INSERT INTO ticket VALUES (nextval('ticket_number'), ROW('n', %(n)s)::address, (%(n)s || '@n')::email)"
                " RETURNING id = currval('ticket_number'), zip_of(home) = %(n)s"
            ),
            "INSERT INTO ticket (contact) VALUES ((%(n)s || '@e')::email) RETURNING home IS NULL",
            "SELECT count(*) = 1 FROM ticket WHERE contact = (%(n)s || '@n')::email",
        ),
        truth="SELECT count(*) = count(DISTINCT id) AND (SELECT last_value FROM ticket_number) >= max(id) FROM ticket",
    ),
    Release(
        scenario=Scenario(
            name="a schema that gets another name",
            setup=SHOP
            + """
                CREATE SCHEMA front;
                CREATE TYPE front.place AS (street text, zip integer); CREATE SEQUENCE front.numbers;
                CREATE TABLE front.ticket (id serial PRIMARY KEY, number integer UNIQUE, home front.place);
                CREATE TABLE front.part (ticket_id integer REFERENCES front.ticket ON DELETE CASCADE, n integer);
                CREATE VIEW front.homes AS SELECT id, home FROM front.ticket;
                INSERT INTO front.ticket (number) SELECT nextval('front.numbers') FROM person;
            """,
            revision="ALTER SCHEMA front RENAME TO desk",
        ),
        old=(
            _INSERT,
            (
                "WITH made AS (INSERT INTO front.ticket (number, home) VALUES (nextval('front.numbers'),"
                " ROW('o', %(n)s)::front.place) RETURNING id) INSERT INTO front.part SELECT id, %(n)s FROM made"
                " RETURNING ticket_id > 0"
            ),
            "SELECT count(*) = 1 FROM front.homes WHERE home = ROW('o', %(n)s)::front.place",
            "UPDATE front.part SET n = -n WHERE n = %(n)s RETURNING n = -%(n)s",
        ),
        new=(
            _INSERT,
            (
                "INSERT INTO desk.ticket (number, home) VALUES (nextval('desk.numbers'),"
                " ROW('n', %(n)s)::desk.place) RETURNING number = currval('desk.numbers')"
            ),
            "SELECT count(*) = 1 FROM desk.homes WHERE (home).zip = %(n)s",
        ),
        truth="SELECT count(*) = count(DISTINCT number) FROM desk.ticket",
    ),
    Release(
        scenario=Scenario(
            name="a table with keys, a trigger and a sequence that gets another name, and then another column",
            setup=SHOP
            + """
                CREATE TABLE visit (id bigserial PRIMARY KEY, person_id integer REFERENCES person ON DELETE CASCADE,
                    place text NOT NULL DEFAULT 'Oslo', number integer UNIQUE, changes integer NOT NULL DEFAULT 0);
                INSERT INTO visit (person_id, number) SELECT id, -id FROM person;
                CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS
                    'BEGIN NEW.changes := OLD.changes + 1; RETURN NEW; END';
                CREATE TRIGGER noted BEFORE UPDATE ON visit FOR EACH ROW EXECUTE FUNCTION note_change();
            """,
            revision="""
                ALTER TABLE visit ADD COLUMN kind text;
                UPDATE visit SET kind = lower(place);
                ALTER TABLE visit ALTER COLUMN kind SET NOT NULL;
                ALTER TABLE visit RENAME TO stay;
                ALTER TABLE stay ADD COLUMN token uuid NOT NULL DEFAULT gen_random_uuid();
            """,
        ),
        old=(
            _INSERT,
            "INSERT INTO visit (person_id, number) VALUES (%(n)s, %(n)s) RETURNING place = 'Oslo', id > 0, changes = 0",
            (
                "INSERT INTO visit AS v (person_id, number) VALUES (%(n)s, %(n)s) ON CONFLICT (number)"
                " DO UPDATE SET place = 'Rome' RETURNING v.place = 'Rome', v.changes = 1"
            ),
            "SELECT place = 'Rome' FROM visit WHERE number = %(n)s FOR UPDATE",
            "UPDATE visit SET place = 'Bari' WHERE number = %(n)s RETURNING visit.changes = 2",
            (
                "UPDATE visit SET changes = changes FROM person WHERE person.id = visit.person_id AND number = %(n)s"
                " RETURNING person.name = 'n' || %(n)s"
            ),
            "SELECT count(*) >= 50 FROM visit JOIN person ON person.id = person_id",
            "INSERT INTO visit (number) VALUES (NULL) RETURNING true",
            "DELETE FROM visit WHERE person_id IS NULL AND number IS NULL",
        ),
        new=(
            _INSERT,
            (
                "INSERT INTO stay (person_id, number, kind) VALUES (%(n)s, %(n)s, 'k')"
                " RETURNING place = 'Oslo', kind = 'k', token IS NOT NULL"
            ),
            (
                "INSERT INTO stay (person_id, number, kind) VALUES (%(n)s, %(n)s, 'k')"
                " ON CONFLICT ON CONSTRAINT visit_number_key DO UPDATE SET place = 'Bari' RETURNING stay.changes = 1"
            ),
            "SELECT bool_and(kind IS NOT NULL) FROM stay",
        ),
        truth="""
            SELECT bool_and(place = CASE WHEN number < 0 THEN 'Oslo' ELSE 'Bari' END) AND count(*) =
                (SELECT count(*) FROM person) FROM stay
        """,
    ),
    Release(
        scenario=Scenario(
            name="a primary key made wider, with the column that refers to it",
            setup=SHOP
            + """
                ALTER TABLE person ADD CONSTRAINT named UNIQUE (name, id);
                CREATE TABLE pet (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                    person_id integer NOT NULL REFERENCES person ON UPDATE CASCADE ON DELETE CASCADE);
                INSERT INTO pet (person_id) SELECT i % 50 + 1 FROM generate_series(1, 60) i;
            """,
            revision="""
                ALTER TABLE pet ALTER COLUMN person_id TYPE bigint;
                ALTER TABLE person ALTER COLUMN id TYPE bigint;
                ALTER TABLE pet ALTER COLUMN id TYPE bigint;
            """,
        ),
        old=(
            "INSERT INTO person (id, name) VALUES (%(n)s, 'n' || %(n)s) RETURNING id = %(n)s",
            "INSERT INTO pet (person_id) VALUES (%(n)s) RETURNING person_id = %(n)s, id > 60",
            (
                "INSERT INTO person (id, name) VALUES (%(n)s, 'x') ON CONFLICT (id) DO UPDATE SET points = 7"
                " RETURNING person.points = 7, person.name = 'n' || %(n)s"
            ),
            "UPDATE person SET id = -%(n)s WHERE id = %(n)s RETURNING id = -%(n)s",
            "SELECT count(*) = 1 FROM pet WHERE person_id = -%(n)s",
            "UPDATE person SET id = %(n)s WHERE id = -%(n)s RETURNING id = %(n)s",
            "INSERT INTO person (id, name) VALUES (-1, 'gone') RETURNING id = -1",
            "INSERT INTO pet (person_id) VALUES (-1) RETURNING person_id = -1",
            "DELETE FROM person WHERE id = -1 RETURNING id = -1",
            "SELECT count(*) = 0 FROM pet WHERE person_id = -1",
        ),
        new=(
            "INSERT INTO person (id, name) VALUES (5000000000 + %(n)s, 'n') RETURNING id = 5000000000 + %(n)s",
            "INSERT INTO pet (person_id) VALUES (5000000000 + %(n)s) RETURNING person_id = 5000000000 + %(n)s",
            (
                "INSERT INTO person (id, name) VALUES (5000000000 + %(n)s, 'x')"
                " ON CONFLICT (id) DO UPDATE SET points = 7 RETURNING person.points = 7"
            ),
            "SELECT count(*) = 1 FROM pet WHERE person_id = 5000000000 + %(n)s",
            "UPDATE person SET id = id - 5000000000 WHERE id = 5000000000 + %(n)s RETURNING id = %(n)s",
            "UPDATE person SET id = id + 5000000000 WHERE id = %(n)s RETURNING points = 7",
        ),
        truth="""
            SELECT bool_and(person.id IS NOT NULL AND (person.id < 1000 OR points = 7)) AND count(*) = count(pet.id)
            FROM pet FULL JOIN person ON person.id = person_id WHERE pet.id IS NOT NULL OR person.id > 1000
        """,
    ),
    Release(
        scenario=Scenario(
            name="columns made narrower",
            setup=SHOP + "UPDATE person SET note = repeat('x', id % 20);",
            revision="""
                ALTER TABLE person ALTER COLUMN note TYPE varchar(20);
                ALTER TABLE person ALTER COLUMN points TYPE smallint;
            """,
        ),
        old=(
            "INSERT INTO person (id, name, note) VALUES (%(n)s, 'n', 'short') RETURNING note = 'short', points = 0",
            "UPDATE person SET points = 9 WHERE id = %(n)s RETURNING points = 9, note = 'short'",
            "UPDATE person SET note = NULL WHERE id = %(n)s RETURNING note IS NULL",
            "UPDATE person SET age = age WHERE id = %(n)s %% 50 + 1 RETURNING note = repeat('x', id %% 20)",
        ),
        new=(
            "INSERT INTO person (id, name, note) VALUES (%(n)s, 'n', 'brief') RETURNING note = 'brief', points = 0",
            "UPDATE person SET points = 8 WHERE id = %(n)s RETURNING points = 8",
        ),
        truth="""
            SELECT bool_and(CASE WHEN id <= 50 THEN points = id AND note = repeat('x', id % 20)
                WHEN id < 1000000 THEN points = 9 AND note IS NULL ELSE points = 8 AND note = 'brief' END) FROM person
        """,
    ),
    Release(
        scenario=Scenario(
            name="a value taken out of an enum, by another under its name",
            setup=_MOOD,
            revision="""
                ALTER TYPE mood RENAME TO mood_old;
                CREATE TYPE mood AS ENUM ('sad', 'ok', 'fine');
                ALTER TABLE person ALTER COLUMN mood DROP DEFAULT;
                ALTER TABLE person ALTER COLUMN mood TYPE mood USING mood::text::mood;
                ALTER TABLE person ALTER COLUMN mood SET DEFAULT 'ok';
                DROP TYPE mood_old;
            """,
        ),
        old=_OLD_MOOD,
        new=_NEW_MOOD,
        truth=_MOOD_TRUTH,
    ),
    Release(
        scenario=Scenario(
            name="a value taken out of an enum, by another that gets its name",
            setup=_MOOD,
            revision="""
                CREATE TYPE mood_new AS ENUM ('sad', 'ok', 'fine');
                ALTER TABLE person ALTER COLUMN mood DROP DEFAULT;
                ALTER TABLE person ALTER COLUMN mood TYPE mood_new USING mood::text::mood_new;
                DROP TYPE mood;
                ALTER TYPE mood_new RENAME TO mood;
                ALTER TABLE person ALTER COLUMN mood SET DEFAULT 'ok'::mood;
            """,
        ),
        old=_OLD_MOOD,
        new=_NEW_MOOD,
        truth=_MOOD_TRUTH,
    ),
    Release(
        scenario=Scenario(
            name="a value taken out of an enum that two tables use",
            setup=_MOOD
            + """
                CREATE TABLE past (id bigint, mood mood NOT NULL);
                INSERT INTO past SELECT i, 'sad' FROM generate_series(1, 50) i;
                ALTER TABLE past ADD PRIMARY KEY (id);
            """,
            revision="""
                ALTER TYPE mood RENAME TO mood_old;
                CREATE TYPE mood AS ENUM ('sad', 'ok', 'fine');
                ALTER TABLE person ALTER COLUMN mood DROP DEFAULT;
                ALTER TABLE person ALTER COLUMN mood TYPE mood USING mood::text::mood;
                ALTER TABLE person ALTER COLUMN mood SET DEFAULT 'ok';
                ALTER TABLE past ALTER COLUMN mood TYPE mood USING mood::text::mood;
                DROP TYPE mood_old;
            """,
        ),
        old=(
            *_OLD_MOOD,
            "INSERT INTO past (id, mood) SELECT id, mood FROM person WHERE id = %(n)s RETURNING mood = 'sad'::mood",
        ),
        new=(*_NEW_MOOD, "INSERT INTO past (id, mood) VALUES (%(n)s, 'fine'::mood) RETURNING mood = 'fine'::mood"),
        truth=_MOOD_TRUTH,
    ),
    Release(
        scenario=Scenario(
            name="a wider column below a view",
            setup=SHOP + "CREATE VIEW scores AS SELECT id, points FROM person; GRANT SELECT ON scores TO PUBLIC;",
            revision="""
                DROP VIEW scores;
                ALTER TABLE person ALTER COLUMN points TYPE bigint;
                CREATE VIEW scores AS SELECT id, points FROM person;
                GRANT SELECT ON scores TO PUBLIC;
            """,
        ),
        old=(_INSERT, "SELECT count(*) = 1 FROM scores WHERE id = %(n)s"),
        new=("INSERT INTO person (id, name, points) VALUES (%(n)s, 'n', 5000000000) RETURNING points = 5000000000",),
        truth="SELECT count(*) > 50 FROM scores",
    ),
    Release(
        scenario=Scenario(
            name="a table split off",
            setup=SHOP,
            revision="""
                CREATE TABLE place (id serial PRIMARY KEY, name text NOT NULL UNIQUE);
                INSERT INTO place (name) SELECT DISTINCT city FROM person WHERE city IS NOT NULL;
                INSERT INTO place (name) SELECT 'Oslo' WHERE NOT EXISTS (SELECT FROM place WHERE name = 'Oslo');
                ALTER TABLE person ADD COLUMN place_id integer REFERENCES place;
                UPDATE person SET place_id = place.id FROM place WHERE place.name = person.city;
                ALTER TABLE person DROP COLUMN city;
            """,
        ),
        old=(_INSERT, _READ),
        new=("INSERT INTO person (id, name, place_id) VALUES (%(n)s, 'n', 1) RETURNING place_id = 1",),
        truth="SELECT true",
    ),
)
