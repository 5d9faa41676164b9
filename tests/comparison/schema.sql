-- What the statements of rules.toml are planned on; every table is taken to be large.
CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE DOMAIN unused AS int;
CREATE TABLE team (id bigint PRIMARY KEY, name text);
CREATE TABLE users (
  id int PRIMARY KEY, team_id bigint, name varchar(50) CHECK (name <> ''), age int CHECK (age IS NOT NULL),
  email text NOT NULL, note text, price numeric(10, 2), points positive
);
CREATE INDEX ix_name ON users (name);
CREATE INDEX ix_team ON users (team_id);
CREATE UNIQUE INDEX ix_email ON users (email);
ALTER TABLE users ADD CONSTRAINT later CHECK (age > 0) NOT VALID;
CREATE TABLE keyless (note varchar(50), amount numeric(10, 2));
CREATE TABLE events (id int, at int) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (10);
