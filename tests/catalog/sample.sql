CREATE SCHEMA shop;
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE DOMAIN positive AS integer CHECK (value > 0);
CREATE TABLE users (
    id serial PRIMARY KEY,
    email varchar(255) NOT NULL UNIQUE,
    name text DEFAULT 'nobody',
    mood mood,
    age integer CHECK (age > 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    manager_id integer REFERENCES users,
    CONSTRAINT named CHECK (length(name) < age)
);
CREATE INDEX users_name_idx ON users (name);
CREATE INDEX by_lower ON users (lower(email)) WHERE age > 3;
CREATE INDEX covering ON users (age) INCLUDE (name);
CREATE UNIQUE INDEX unique_mail ON users (email, id);
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id integer NOT NULL,
    amount numeric(10, 2),
    note text
);
ALTER TABLE orders ADD CONSTRAINT orders_user FOREIGN KEY (user_id) REFERENCES users (id) NOT VALID;
CREATE TABLE shop.items (id integer PRIMARY KEY, order_id bigint REFERENCES orders, sku text, UNIQUE (order_id, sku));
CREATE VIEW adults AS SELECT id, email FROM users WHERE age > 17;
CREATE VIEW old_adults AS SELECT id FROM adults;
CREATE MATERIALIZED VIEW totals AS SELECT user_id, sum(amount) AS total FROM orders GROUP BY user_id;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TRIGGER touched BEFORE INSERT OR UPDATE OF name ON users FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TABLE events (
    id bigint NOT NULL,
    at date NOT NULL,
    user_id integer REFERENCES users,
    body text CHECK (body <> ''),
    PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE INDEX events_body ON events (body);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE events_rest PARTITION OF events DEFAULT;
CREATE TRIGGER event_touched BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TABLE loose (id bigint NOT NULL, at date NOT NULL, user_id integer, body text CHECK (body <> ''));
ALTER TABLE loose RENAME CONSTRAINT loose_body_check TO events_body_check;
CREATE TABLE animals (id integer, name text NOT NULL, CHECK (id > 0));
CREATE TABLE dogs (breed text) INHERITS (animals);
CREATE SEQUENCE free;
CREATE UNLOGGED TABLE scratch (id integer, value text);
