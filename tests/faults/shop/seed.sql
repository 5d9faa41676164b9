CREATE TABLE account (
    id bigint PRIMARY KEY, email text NOT NULL, nick text NOT NULL, level int NOT NULL DEFAULT 0, bonus int
);
CREATE TABLE purchase (id bigint PRIMARY KEY, account_id bigint NOT NULL, total int NOT NULL);
CREATE TABLE counter (id bigint PRIMARY KEY, n bigint NOT NULL);
CREATE TABLE setting (id int PRIMARY KEY, value int NOT NULL);
CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
INSERT INTO account SELECT i, 'a' || i || '@example.org', 'n' || i, i % 7, i FROM generate_series(1, 3000) AS i;
INSERT INTO purchase SELECT i, i % 3000 + 1, 1 FROM generate_series(1, 2000) AS i;
INSERT INTO counter SELECT i, 0 FROM generate_series(1, 3000) AS i;
INSERT INTO setting SELECT i, i FROM generate_series(1, 5) AS i;
INSERT INTO alembic_version VALUES ('r1');
