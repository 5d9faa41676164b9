"""Statements about constraints."""

from online_migrate.catalog.model import Table, TableConstraint
from tests.oracle.scene import Parts, Scene, raw, write
from tests.oracle.values import NUMBERS

ADD = "ALTER TABLE {table} ADD CONSTRAINT {name} "


def check(scene: Scene) -> str:
    """ADD CONSTRAINT CHECK, sometimes NOT VALID."""
    table = scene.table()
    column = scene.column(table)
    rules = ["{column} IS NOT NULL", "{column}::text <> 'never'", "({column} IS NULL) = ({column} IS NULL)"]
    rules += ["{column} > 0", "{column} >= -1"] if column.type in NUMBERS else []
    ending = " NOT VALID" if scene.chance(6) else ""
    template = ADD + "CHECK (" + scene.one(rules) + ")" + ending
    return write(template, table=table.name, name=scene.name(), column=column.name)


def not_null(scene: Scene) -> str:
    """ADD CONSTRAINT NOT NULL, which 18 knows."""
    table = scene.table()
    scene.one([18] if scene.version >= 18 else [])
    return write(
        ADD + "NOT NULL {column}" + scene.one(("", " NOT VALID")),
        table=table.name,
        name=scene.name(),
        column=scene.column(table).name,
    )


def unique(scene: Scene) -> str:
    """ADD CONSTRAINT UNIQUE: deferrable, INCLUDE, NULLS NOT DISTINCT."""
    table = scene.table()
    columns = scene.some([c.name for c in table.columns], 2)
    kinds = ["UNIQUE ({columns})", "UNIQUE ({columns})", "UNIQUE ({columns}) DEFERRABLE INITIALLY DEFERRED"]
    kinds += ["UNIQUE ({columns}) INCLUDE ({other})"]
    kinds += ["UNIQUE NULLS NOT DISTINCT ({columns})"] if scene.version >= 15 else []
    parts: Parts = {"table": table.name, "name": scene.name(), "columns": columns, "other": scene.column(table).name}
    return write(ADD + scene.one(kinds), **parts)


def primary_key(scene: Scene) -> str:
    """ADD PRIMARY KEY, where there is none."""
    table = scene.one(t for t in scene.relations("rp") if t.primary_key is None)
    columns = scene.some([c.name for c in table.columns], 2)
    return write(ADD + "PRIMARY KEY ({columns})", table=table.name, name=scene.name(), columns=columns)


def unique_of_index(scene: Scene) -> str:
    """ADD CONSTRAINT of an index that is there."""
    table, index = scene.one(
        (t, i) for t in scene.relations("r") for i in t.indexes if i.unique and i.constraint is None
    )
    kind = raw(scene.one(("UNIQUE", "PRIMARY KEY")))
    name = scene.name()
    parts: Parts = {"table": table.name, "index": index.name.name}
    return write(ADD + "{kind} USING INDEX {index}", name=name, kind=kind, **parts)


def foreign_key(scene: Scene) -> str:
    """ADD CONSTRAINT FOREIGN KEY, to another table or the same."""
    table, other = scene.table(), scene.table()
    key = scene.one(c for c in other.constraints if c.type in ("primary_key", "unique"))
    columns = tuple(_like(scene, table, other, name) for name in key.columns)
    actions = ("", "", " ON DELETE CASCADE", " ON UPDATE CASCADE", " ON DELETE SET NULL", " MATCH FULL")
    more = ("", "", " DEFERRABLE INITIALLY DEFERRED", " NOT VALID")
    template = ADD + "FOREIGN KEY ({columns}) REFERENCES {other} ({key})" + scene.one(actions) + scene.one(more)
    parts: Parts = {"table": table.name, "columns": columns, "other": other.name, "key": key.columns}
    return write(template, name=scene.name(), **parts)


def _like(scene: Scene, table: Table, other: Table, referenced: str) -> str:
    type_ = next(column.type for column in other.columns if column.name == referenced)
    alike = ("integer", "bigint", "smallint") if type_ in ("integer", "bigint", "smallint") else (type_,)
    return scene.column(table, *alike).name


def orphans(scene: Scene) -> str:
    """UPDATE that takes away what a foreign key would refuse."""
    table, other = scene.table(), scene.table()
    key = scene.one(c for c in other.constraints if c.type == "primary_key" and len(c.columns) == 1)
    parts: Parts = {"table": table.name, "other": other.name, "key": key.columns[0]}
    column = _like(scene, table, other, key.columns[0])
    return write(
        "UPDATE {table} SET {column} = NULL WHERE NOT EXISTS (SELECT FROM {other} o WHERE o.{key} = {column})",
        column=column,
        **parts,
    )


def exclusion(scene: Scene) -> str:
    """ADD CONSTRAINT EXCLUDE."""
    table = scene.table("r")
    column = scene.column(table, "integer", "bigint", "text", "int4range")
    method = raw("gist" if column.type == "int4range" else "btree")
    operator = raw("&&" if column.type == "int4range" else "=")
    return write(
        ADD + "EXCLUDE USING {method} ({column} WITH {operator})",
        table=table.name,
        name=scene.name(),
        column=column.name,
        method=method,
        operator=operator,
    )


def drop(scene: Scene) -> str:
    """DROP CONSTRAINT."""
    table, constraint = _one(scene)
    ending = " CASCADE" if scene.chance(5) else ""
    return write("ALTER TABLE {table} DROP CONSTRAINT {name}" + ending, table=table.name, name=constraint.name)


def rename(scene: Scene) -> str:
    """RENAME CONSTRAINT."""
    table, constraint = _one(scene)
    parts: Parts = {"table": table.name, "name": constraint.name, "new": scene.name()}
    return write("ALTER TABLE {table} RENAME CONSTRAINT {name} TO {new}", **parts)


def validate(scene: Scene) -> str:
    """VALIDATE CONSTRAINT."""
    table, constraint = scene.one((t, c) for t in scene.relations("rp") for c in t.constraints if not c.valid)
    return write("ALTER TABLE {table} VALIDATE CONSTRAINT {name}", table=table.name, name=constraint.name)


def comment(scene: Scene) -> str:
    """COMMENT ON CONSTRAINT."""
    table, constraint = _one(scene)
    return write("COMMENT ON CONSTRAINT {name} ON {table} IS 'why'", table=table.name, name=constraint.name)


def _one(scene: Scene) -> tuple[Table, TableConstraint]:
    return scene.one((t, c) for t in scene.relations("rp") for c in t.constraints)
