"""Changes of partitioned tables and of their partitions."""

from tests.strategies.lifecycle import Case

PEOPLE = """
    CREATE TABLE people (id integer PRIMARY KEY);
    INSERT INTO people SELECT generate_series(1, 60);
"""
PARENT = (
    PEOPLE
    + """
    CREATE TABLE events (
        id integer NOT NULL, day integer NOT NULL, person_id integer REFERENCES people, note text DEFAULT 'x',
        CONSTRAINT positive CHECK (id > 0), UNIQUE (day, id)
    ) PARTITION BY RANGE (day);
    CREATE INDEX by_note ON events (lower(note)) WHERE id > 5;
    CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (10);
    CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (10) TO (20);
    INSERT INTO events SELECT i, i % 20, i % 60 + 1, 'x' FROM generate_series(1, 60) i;
"""
)
DEFAULT = "CREATE TABLE events_rest PARTITION OF events DEFAULT; INSERT INTO events VALUES (1, 99, 1);"
LATER = """
    CREATE TABLE later (
        id integer NOT NULL, day integer NOT NULL, person_id integer, note text, CONSTRAINT positive CHECK (id > 0)
    );
    INSERT INTO later SELECT i, 30 + i % 10, i % 60 + 1, 'x' FROM generate_series(1, 60) i;
"""
DEEP = """
    CREATE TABLE a (id integer, k integer, n integer) PARTITION BY RANGE (id);
    CREATE TABLE a_1 PARTITION OF a FOR VALUES FROM (0) TO (50);
    CREATE TABLE a_2 PARTITION OF a FOR VALUES FROM (50) TO (100) PARTITION BY LIST (id);
    CREATE TABLE a_2_x PARTITION OF a_2 FOR VALUES IN (50, 51, 52);
    CREATE TABLE a_2_y PARTITION OF a_2 DEFAULT;
    INSERT INTO a SELECT i, i, i FROM generate_series(1, 60) i;
"""
ATTACH = "ALTER TABLE events ATTACH PARTITION later FOR VALUES FROM (30) TO (40)"

PARTITIONS = (
    Case(
        name="index of partitions that have one that serves",
        setup=DEEP + "CREATE INDEX mine ON a_1 (k); CREATE INDEX ours ON a_2_x (k);",
        operations=("CREATE INDEX by_k ON a (k)",),
    ),
    Case(
        name="unique index of a partitioned table",
        setup=DEEP,
        operations=("CREATE UNIQUE INDEX ON a (k, id)",),
    ),
    Case(
        name="keys of a partitioned table",
        setup=DEEP,
        operations=("ALTER TABLE a ADD CONSTRAINT of_k UNIQUE (k, id)", "ALTER TABLE a ADD PRIMARY KEY (id)"),
    ),
    Case(
        name="key of partitions that have it",
        setup=DEEP + "ALTER TABLE a_1 ADD CONSTRAINT mine UNIQUE (id); CREATE UNIQUE INDEX ours ON a_2_x (id);",
        operations=("ALTER TABLE a ADD UNIQUE (id)",),
    ),
    Case(
        name="foreign key of nested partitions",
        setup=PEOPLE + DEEP,
        operations=("ALTER TABLE a ADD CONSTRAINT of_k FOREIGN KEY (k) REFERENCES people ON DELETE CASCADE",),
    ),
    Case(
        name="foreign key of a column that a partitioned table gets",
        setup=PEOPLE + DEEP,
        operations=("ALTER TABLE a ADD COLUMN person integer DEFAULT 1 REFERENCES people",),
    ),
    Case(
        name="tighten a partitioned table",
        setup=DEEP,
        operations=("ALTER TABLE a ALTER COLUMN k SET NOT NULL", "ALTER TABLE a ADD CHECK (k > 0)"),
    ),
    Case(name="attach", setup=PARENT + LATER, operations=(ATTACH,)),
    Case(name="attach beside a default partition", setup=PARENT + DEFAULT + LATER, operations=(ATTACH,)),
    Case(
        name="attach what has all that it needs",
        setup=PARENT
        + LATER
        + "ALTER TABLE later ADD FOREIGN KEY (person_id) REFERENCES people, ADD UNIQUE (day, id);"
        + "CREATE INDEX mine ON later (lower(note)) WHERE id > 5;",
        operations=(ATTACH,),
    ),
    Case(
        name="attach a partitioned table",
        setup=PARENT
        + """
        CREATE TABLE later (id integer NOT NULL, day integer NOT NULL, person_id integer, note text,
            CONSTRAINT positive CHECK (id > 0)) PARTITION BY RANGE (day);
        CREATE TABLE later_1 PARTITION OF later FOR VALUES FROM (30) TO (35);
        CREATE TABLE later_2 PARTITION OF later FOR VALUES FROM (35) TO (40);
        INSERT INTO later SELECT i, 30 + i % 10, i % 60 + 1, 'x' FROM generate_series(1, 60) i;
        """,
        operations=(ATTACH,),
    ),
    Case(
        name="attach a list of texts, NULL among them",
        setup="""
        CREATE TABLE t (k varchar(9), v integer) PARTITION BY LIST (k);
        CREATE TABLE t_rest PARTITION OF t DEFAULT;
        CREATE TABLE t_a (k varchar(9), v integer);
        INSERT INTO t_a VALUES ('a', 1), (NULL, 2); INSERT INTO t VALUES ('z', 3);
        """,
        operations=("ALTER TABLE t ATTACH PARTITION t_a FOR VALUES IN ('a', '007', NULL)",),
    ),
    Case(name="detach", setup=PARENT, operations=("ALTER TABLE events DETACH PARTITION events_2",)),
    Case(
        name="detach beside a default partition",
        setup=PARENT + DEFAULT,
        operations=("ALTER TABLE events DETACH PARTITION events_2",),
    ),
    Case(
        name="detach where a check is there of that name",
        setup=DEEP + "ALTER TABLE a_2_y ADD CHECK (id < 1000); ALTER TABLE a_2_x ADD CHECK (id > -1);",
        operations=("ALTER TABLE a_2 DETACH PARTITION a_2_y", "ALTER TABLE a_2 DETACH PARTITION a_2_x"),
    ),
    Case(
        name="detach by two columns, then attach elsewhere",
        setup="""
        CREATE TABLE t (a integer, b date) PARTITION BY RANGE (a, b);
        CREATE TABLE t_1 PARTITION OF t FOR VALUES FROM (1, '2026-01-01') TO (1, '2026-02-01');
        INSERT INTO t VALUES (1, '2026-01-09');
        """,
        operations=(
            "ALTER TABLE t DETACH PARTITION t_1 CONCURRENTLY",
            "ALTER TABLE t ATTACH PARTITION t_1 FOR VALUES FROM (0, MINVALUE) TO (5, MAXVALUE)",
        ),
    ),
    Case(
        name="drop a partition",
        setup=PARENT + "ALTER TABLE events_2 ADD FOREIGN KEY (id) REFERENCES people;",
        operations=("DROP TABLE events_2",),
    ),
    Case(
        name="drop a partition beside a default partition",
        setup=PARENT + DEFAULT,
        operations=("DROP TABLE events_2",),
    ),
    Case(
        name="drop nested partitions",
        setup=DEEP,
        operations=("DROP TABLE a_2_y", "DROP TABLE a_2_x", "DROP TABLE a_2"),
    ),
    Case(
        name="create partition",
        setup=PARENT,
        operations=("CREATE TABLE events_3 PARTITION OF events FOR VALUES FROM (20) TO (30)",),
    ),
    Case(
        name="create partition beside a default partition",
        setup=PARENT + DEFAULT,
        operations=(
            "CREATE TABLE events_3 PARTITION OF events FOR VALUES FROM (20) TO (30) WITH (fillfactor = 70)",
            "CREATE TABLE events_4 PARTITION OF events FOR VALUES FROM (30) TO (40)",
        ),
    ),
    Case(
        name="create default partition",
        setup=PARENT,
        operations=("CREATE TABLE events_rest PARTITION OF events DEFAULT",),
    ),
    Case(
        name="create partition by hash",
        setup="""
        CREATE TABLE t (a bigint GENERATED ALWAYS AS (b * 2) STORED, b integer DEFAULT 3 NOT NULL, c text)
        PARTITION BY HASH (b);
        ALTER TABLE t ALTER c SET STORAGE EXTERNAL; COMMENT ON COLUMN t.c IS 'x';
        CREATE TABLE t_0 PARTITION OF t FOR VALUES WITH (MODULUS 2, REMAINDER 0);
        CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE TRIGGER noted BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION note();
        """,
        operations=("CREATE TABLE t_1 PARTITION OF t FOR VALUES WITH (MODULUS 2, REMAINDER 1)",),
    ),
    Case(
        name="refresh",
        setup=DEEP
        + """
        CREATE MATERIALIZED VIEW usable AS SELECT k, count(*) AS n FROM a GROUP BY k; CREATE UNIQUE INDEX ON usable (k);
        CREATE MATERIALIZED VIEW plain AS SELECT k FROM a;
        CREATE MATERIALIZED VIEW empty AS SELECT k FROM a WITH NO DATA; CREATE UNIQUE INDEX ON empty (k);
        INSERT INTO a VALUES (2, 99, 1);
        """,
        operations=(
            "REFRESH MATERIALIZED VIEW usable",
            "REFRESH MATERIALIZED VIEW plain",
            "REFRESH MATERIALIZED VIEW empty",
            "REFRESH MATERIALIZED VIEW usable WITH NO DATA",
            "REFRESH MATERIALIZED VIEW usable",
        ),
    ),
    Case(
        name="reindex",
        setup=DEEP + "CREATE INDEX by_k ON a (k); CREATE INDEX alone ON a_1 (n);",
        operations=("REINDEX TABLE a", "REINDEX INDEX by_k", "REINDEX (VERBOSE) INDEX alone"),
    ),
    Case(
        name="reindex of what the plan makes",
        setup=PARENT,
        operations=(
            "CREATE TABLE made (id integer PRIMARY KEY) PARTITION BY HASH (id)",
            "CREATE TABLE made_1 PARTITION OF made FOR VALUES WITH (MODULUS 1, REMAINDER 0)",
            "REINDEX INDEX made_pkey",
            "REINDEX TABLE made",
        ),
    ),
    Case(
        name="create partition with identity",
        setup="CREATE TABLE t (id integer GENERATED ALWAYS AS IDENTITY, b integer) PARTITION BY RANGE (b);",
        operations=("CREATE TABLE t_1 PARTITION OF t FOR VALUES FROM (1) TO (2)",),
        since=17,
    ),
    Case(
        name="create partition that is more",
        setup=PARENT,
        operations=(
            "CREATE TABLE events_3 PARTITION OF events (note NOT NULL) FOR VALUES FROM (20) TO (30)",
            "CREATE TABLE IF NOT EXISTS events_1 PARTITION OF events FOR VALUES FROM (0) TO (10)",
        ),
    ),
)
