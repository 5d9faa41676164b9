"""Statements about indexes."""

from online_migrate.catalog.model import Index, Table
from online_migrate.plan.names import RelationName
from tests.oracle.scene import Parts, Scene, raw, write


def create(scene: Scene) -> str:
    """CREATE INDEX in many forms."""
    table = scene.table("rrpm")
    columns = [column.name for column in table.columns]
    keys = ["{column}", "{column}", "{column}, {other}", "{column} DESC NULLS LAST", "lower({column}::text)"]
    keys += ["({column} IS NULL), {other}", "md5({column}::text)", '{column} COLLATE "C"']
    endings = ["", "", "", " INCLUDE ({other})", " WHERE {column} IS NOT NULL", " WITH (fillfactor = 70)"]
    endings += [" NULLS NOT DISTINCT"] if scene.version >= 15 else []
    kinds = ["INDEX", "INDEX", "UNIQUE INDEX", "INDEX CONCURRENTLY", "UNIQUE INDEX CONCURRENTLY", "INDEX IF NOT EXISTS"]
    template = "CREATE {kind} {name} ON {table} (" + scene.one(keys) + ")" + scene.one(endings)
    parts: Parts = {"table": table.name, "column": scene.one(columns), "other": scene.one(columns)}
    return write(template, kind=raw(scene.one(kinds)), name=scene.name(), **parts)


def create_of_method(scene: Scene) -> str:
    """CREATE INDEX with another access method, without a name."""
    table = scene.table("rrp")
    methods = {"hash": ("integer", "text"), "gin": ("jsonb", "integer[]"), "gist": ("int4range",), "brin": ("date",)}
    method = scene.one(methods)
    column = scene.column(table, *methods[method])
    return write(
        "CREATE INDEX ON {table} USING {method} ({column})", table=table.name, method=raw(method), column=column.name
    )


def drop(scene: Scene) -> str:
    """DROP INDEX."""
    kind = scene.one(("INDEX", "INDEX", "INDEX CONCURRENTLY", "INDEX IF EXISTS"))
    return write("DROP {kind} {index}", kind=raw(kind), index=_one(scene))


def rename(scene: Scene) -> str:
    """ALTER INDEX RENAME."""
    return write("ALTER INDEX {index} RENAME TO {new}", index=_one(scene), new=scene.name())


def setting(scene: Scene) -> str:
    """Settings of an index, and a comment on it."""
    whats: tuple[str, ...] = ("ALTER INDEX {index} SET (fillfactor = 60)", "COMMENT ON INDEX {index} IS 'fast'")
    return write(scene.one(whats), index=_one(scene))


def reindex(scene: Scene) -> str:
    """REINDEX."""
    whats: tuple[str, ...] = ("REINDEX INDEX {index}", "REINDEX INDEX CONCURRENTLY {index}")
    return write(scene.one(whats), index=_one(scene))


def replica_identity(scene: Scene) -> str:
    """REPLICA IDENTITY and CLUSTER ON."""
    table = scene.table("r")
    whats = ["REPLICA IDENTITY FULL", "REPLICA IDENTITY DEFAULT", "REPLICA IDENTITY NOTHING"]
    if table.indexes:
        whats += ["REPLICA IDENTITY USING INDEX {index}", "CLUSTER ON {index}"]
    index = scene.one(table.indexes).name.name if table.indexes else ""
    return write("ALTER TABLE {table} " + scene.one(whats), table=table.name, index=index)


def _one(scene: Scene) -> RelationName:
    found: list[tuple[Table, Index]] = [(t, i) for t in scene.relations("rpm") for i in t.indexes]
    return scene.one(found)[1].name
