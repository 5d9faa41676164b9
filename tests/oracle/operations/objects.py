"""Statements about views, triggers, policies, sequences, types and rights."""

from tests.oracle.scene import Parts, Scene, raw, write


def create_view(scene: Scene) -> str:
    """CREATE VIEW of a table or of another view, or a materialised one."""
    of = scene.table("rpv")
    columns = scene.some([c.name for c in of.columns], 3)
    kind = raw(scene.one(("VIEW", "VIEW", "MATERIALIZED VIEW")))
    return write(
        "CREATE {kind} {view} AS SELECT {columns} FROM {of}",
        kind=kind,
        view=scene.relation(),
        columns=columns,
        of=of.name,
    )


def replace_view(scene: Scene) -> str:
    """CREATE OR REPLACE VIEW with one column more."""
    view = scene.one(scene.relations("v"))
    of = scene.table()
    return write(
        "CREATE OR REPLACE VIEW {view} AS SELECT {columns} FROM {of}",
        view=view.name,
        columns=[c.name for c in view.columns],
        of=of.name,
    )


def change_view(scene: Scene) -> str:
    """Drop a view, or give rights on it."""
    view = scene.one(scene.relations("v"))
    whats: tuple[str, ...] = ("DROP VIEW {view}", "DROP VIEW {view} CASCADE", "GRANT SELECT ON {view} TO oracle_reader")
    whats += ("COMMENT ON VIEW {view} IS 'seen'", "ALTER VIEW {view} SET (security_barrier = true)")
    return write(scene.one(whats), view=view.name)


def change_materialized_view(scene: Scene) -> str:
    """Refresh or drop a materialised view."""
    view = scene.one(scene.relations("m"))
    whats: tuple[str, ...] = ("REFRESH MATERIALIZED VIEW {view}", "REFRESH MATERIALIZED VIEW CONCURRENTLY {view}")
    whats += ("DROP MATERIALIZED VIEW {view}", "REFRESH MATERIALIZED VIEW {view} WITH NO DATA")
    return write(scene.one(whats), view=view.name)


def create_trigger(scene: Scene) -> str:
    """CREATE TRIGGER that writes into a column of its own."""
    table = scene.one(t for t in scene.relations("rp") if any(c.name == "mark" for c in t.columns))
    events = scene.one(("INSERT", "UPDATE", "INSERT OR UPDATE"))
    parts: Parts = {"trigger": scene.name(), "table": table.name, "events": raw(events)}
    return write("CREATE TRIGGER {trigger} BEFORE {events} ON {table} FOR EACH ROW EXECUTE FUNCTION mark()", **parts)


def change_trigger(scene: Scene) -> str:
    """Drop, disable or rename a trigger."""
    table, trigger = scene.one((t, g) for t in scene.relations("rp") for g in t.triggers)
    whats: tuple[str, ...] = ("DROP TRIGGER {trigger} ON {table}", "ALTER TABLE {table} DISABLE TRIGGER {trigger}")
    whats += (
        "ALTER TRIGGER {trigger} ON {table} RENAME TO {new}",
        "ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger}",
    )
    return write(scene.one(whats), table=table.name, trigger=trigger.name, new=scene.name())


def policy(scene: Scene) -> str:
    """CREATE or DROP POLICY, ENABLE and FORCE ROW LEVEL SECURITY."""
    table = scene.table()
    whats = [
        "CREATE POLICY {name} ON {table} USING ({column} IS NOT NULL)",
        "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
    ]
    whats += ["ALTER TABLE {table} DISABLE ROW LEVEL SECURITY", "ALTER TABLE {table} FORCE ROW LEVEL SECURITY"]
    whats += ["DROP POLICY {old} ON {table}"] if table.policies else []
    parts: Parts = {"table": table.name, "column": scene.column(table).name, "old": next(iter(table.policies), "")}
    return write(scene.one(whats), name=scene.name(), **parts)


def sequence(scene: Scene) -> str:
    """CREATE, ALTER and DROP SEQUENCE."""
    there = sorted(name for name in scene.catalog.sequences if name.schema != "online_migrate")
    if not there or scene.chance(3):
        kinds = ("", " AS smallint MINVALUE 5", " INCREMENT 3 CYCLE MAXVALUE 900")
        return write("CREATE SEQUENCE {new}" + scene.one(kinds), new=scene.relation())
    whats: tuple[str, ...] = (
        "ALTER SEQUENCE {old} INCREMENT 2",
        "DROP SEQUENCE {old}",
        "ALTER SEQUENCE {old} RESTART WITH 700",
    )
    whats += (
        "ALTER SEQUENCE {old} OWNED BY NONE",
        "ALTER SEQUENCE {old} RENAME TO {new}",
        "ALTER SEQUENCE {old} AS bigint",
        "ALTER SEQUENCE {old} SET SCHEMA {schema}",
        "ALTER TABLE {old} RENAME TO {new}",
    )
    return write(scene.one(whats), old=scene.one(there), new=scene.name(), schema=scene.relation().schema)


def rename_type(scene: Scene) -> str:
    """Another name or schema for an enum, a domain, a composite or a range type."""
    type_ = scene.type(scene.one(("enum", "domain", "composite", "composite", "range")))
    words = "DOMAIN" if type_.kind == "domain" and scene.chance(2) else "TYPE"
    whats = ("RENAME TO {new}", "RENAME TO {new}", "SET SCHEMA {schema}")
    parts: Parts = {"type": type_.name, "new": scene.name(), "schema": scene.relation().schema}
    return write(f"ALTER {words} {{type}} " + scene.one(whats), **parts)


def rename_schema(scene: Scene) -> str:
    """Another name for a schema."""
    schema = scene.one(sorted(scene.catalog.schemas - {"online_migrate"}))
    return write("ALTER SCHEMA {schema} RENAME TO {new}", schema=schema, new=scene.name())


def enum(scene: Scene) -> str:
    """Values of an enum."""
    type_ = scene.type("enum")
    label, new = raw("'" + scene.one(type_.labels) + "'"), raw(f"'new {scene.number(1, 99)}'")
    whats: tuple[str, ...] = ("ADD VALUE {new}", "ADD VALUE {new} BEFORE {label}", "ADD VALUE IF NOT EXISTS {label}")
    whats += ("RENAME VALUE {label} TO {new}",)
    return write("ALTER TYPE {type} " + scene.one(whats), type=type_.name, label=label, new=new)


def domain(scene: Scene) -> str:
    """Constraints and default of a domain."""
    whats: tuple[str, ...] = (
        "ADD CONSTRAINT {name} CHECK (VALUE::text <> 'no')",
        "ADD CONSTRAINT {name} CHECK (VALUE::text <> '0') NOT VALID",
    )
    whats += ("SET DEFAULT '5'", "DROP DEFAULT", "SET NOT NULL", "DROP NOT NULL")
    return write("ALTER DOMAIN {type} " + scene.one(whats), type=scene.type("domain").name, name=scene.name())


def composite(scene: Scene) -> str:
    """Attributes of a composite type."""
    whats: tuple[str, ...] = (
        "ADD ATTRIBUTE {new} integer",
        "ADD ATTRIBUTE {new} integer CASCADE",
        "DROP ATTRIBUTE b CASCADE",
    )
    return write("ALTER TYPE {type} " + scene.one(whats), type=scene.type("composite").name, new=scene.name())


def create_type(scene: Scene) -> str:
    """CREATE TYPE and CREATE DOMAIN."""
    whats: tuple[str, ...] = (
        "CREATE TYPE {new} AS ENUM ('a', 'b')",
        "CREATE DOMAIN {new} AS text NOT NULL DEFAULT 'd'",
    )
    whats += ("CREATE TYPE {new} AS (x integer)", "CREATE TYPE {new} AS RANGE (subtype = date)")
    return write(scene.one(whats), new=scene.relation())


def statistics(scene: Scene) -> str:
    """CREATE STATISTICS."""
    table = scene.table("rp")
    columns = [c.name for c in table.columns]
    one, two = scene.one(columns), scene.one(columns)
    parts: Parts = {"name": scene.relation(), "one": one, "two": two, "table": table.name}
    return write("CREATE STATISTICS {name} ON {one}, {two} FROM {table}", **parts)


def column_grant(scene: Scene) -> str:
    """Rights on single columns."""
    table = scene.table()
    parts: Parts = {"table": table.name, "column": scene.column(table).name}
    return write("GRANT SELECT ({column}), UPDATE ({column}) ON {table} TO oracle_reader", **parts)


def publication(scene: Scene) -> str:
    """CREATE PUBLICATION of a table."""
    return write("CREATE PUBLICATION {name} FOR TABLE {table}", name=scene.name(), table=scene.table("r").name)
