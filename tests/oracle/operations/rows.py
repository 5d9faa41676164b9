"""Statements that change rows."""

from online_migrate.catalog.model import Column, Table
from tests.oracle.operations.columns import literal
from tests.oracle.scene import Parts, Scene, raw, write
from tests.oracle.values import NUMBERS, values_of

TEXTS = ("text", "character varying(30)")


def update(scene: Scene) -> str:
    """UPDATE of one table."""
    table = scene.table()
    column = _written(scene, table)
    values = ["{value}", "{value}", "NULL", "coalesce({column}, {value})"]
    values += ["{column} + 1", "-{column}"] if column.type in NUMBERS else []
    values += ["{column} || '!'", "left({other}::text, 20)", "upper({column})"] if column.type in TEXTS else []
    template = "UPDATE {table} SET {column} = " + scene.one(values) + _where(scene, table)
    parts: Parts = {"table": table.name, "column": column.name, "other": scene.column(table).name}
    return write(template, value=raw(literal(scene, column.type)), **parts)


def _where(scene: Scene, table: Table) -> str:
    wheres = ("", "", " WHERE {column} IS NULL", " WHERE {other} IS NOT NULL", " WHERE length({other}::text) > 2")
    return scene.one(wheres)


def update_two(scene: Scene) -> str:
    """UPDATE of two columns, which may change places."""
    table = scene.table()
    one = _written(scene, table)
    two = scene.one(c for c in table.columns if c.type == one.type and c is not one and _may_write(c))
    parts: Parts = {"table": table.name, "one": one.name, "two": two.name}
    forms = ("{one} = {two}, {two} = {one}", "({one}, {two}) = ({two}, {one})", "{one} = {two}, {two} = NULL")
    return write("UPDATE {table} SET " + scene.one(forms), **parts)


def update_from(scene: Scene) -> str:
    """UPDATE of one table with values of another."""
    table, other = scene.table(), scene.table()
    column, key = _written(scene, table), scene.column(other)
    source = scene.column(other, column.type)
    match = scene.column(table, key.type)
    forms = (
        "UPDATE {table} t SET {column} = o.{source} FROM {other} o WHERE o.{key} = t.{match}",
        "UPDATE {table} SET {column} = (SELECT min(o.{source}::text)::{type} FROM {other} o WHERE o.{key} = {match})",
    )
    unique = any(i.unique and i.key_columns == (key.name,) and i.predicate is None for i in other.indexes)
    names: Parts = {"column": column.name, "source": source.name, "key": key.name, "match": match.name}
    form = forms[0] if unique and scene.chance(2) else forms[1]  # several matches would make the naive form a dice
    return write(form, table=table.name, other=other.name, type=raw(column.type), **names)


def insert(scene: Scene) -> str:
    """INSERT of one row or of many."""
    table = scene.table()
    columns = [c for c in table.columns if _may_write(c)]
    chosen = [c for c in columns if c.default is None or scene.chance(3)] or columns[:1]
    numbered = raw(", ".join(_expression(scene, column) for column in chosen))
    many, first = raw(str(scene.number(1, 60))), raw(scene.one(("1", "1", "1001")))
    template = "INSERT INTO {table} ({columns}) SELECT {values} FROM generate_series({first}, {first} + {many}) i"
    ending = scene.one(("", "", " ON CONFLICT DO NOTHING"))
    return write(
        template + ending, table=table.name, columns=[c.name for c in chosen], values=numbered, many=many, first=first
    )


def _expression(scene: Scene, column: Column) -> str:
    values = values_of(column.type)
    form = scene.one(("distinct", "distinct", "one", "all"))
    if values.distinct is not None and form == "distinct":
        return f"({values.distinct})::{column.type}"
    if form == "all" and not column.type.endswith("[]"):
        # NULL where the number of the row is behind the last value.
        nulls = 0 if column.not_null else scene.number(0, 3)
        return f"(ARRAY[{', '.join(values.literals)}]::{column.type}[])[1 + i % {len(values.literals) + nulls}]"
    return f"({values.literals[0] if column.not_null else literal(scene, column.type)})::{column.type}"


def insert_select(scene: Scene) -> str:
    """INSERT of rows of another table."""
    table, other = scene.table(), scene.table("rpvm")
    wanted = [c for c in table.columns if _may_write(c)]
    sources = {c.name: scene.column(other, c.type).name for c in wanted if any(o.type == c.type for o in other.columns)}
    parts: Parts = {"columns": tuple(sources), "sources": tuple(sources.values())}
    scene.one(sources)
    template = "INSERT INTO {table} ({columns}) SELECT {sources} FROM {other} ON CONFLICT DO NOTHING"
    return write(template, table=table.name, other=other.name, **parts)


def delete(scene: Scene) -> str:
    """DELETE by a condition, or of all rows."""
    table = scene.table()
    wheres = ("{column} IS NULL", "length({column}::text) > 3", "{column}::text < 'm'", "true")
    column = scene.column(table)
    return write("DELETE FROM {table} WHERE " + scene.one(wheres), table=table.name, column=column.name)


def delete_using(scene: Scene) -> str:
    """DELETE of the rows that another table names."""
    table, other = scene.table(), scene.table()
    column = scene.column(table)
    same = scene.column(other, column.type)
    forms = (
        "DELETE FROM {table} t USING {other} o WHERE o.{same} = t.{column}",
        "DELETE FROM {table} WHERE {column} NOT IN (SELECT {same} FROM {other} WHERE {same} IS NOT NULL)",
    )
    return write(scene.one(forms), table=table.name, other=other.name, column=column.name, same=same.name)


def truncate(scene: Scene) -> str:
    """TRUNCATE."""
    ending = scene.one(("", " CASCADE", " RESTART IDENTITY"))
    return write("TRUNCATE {table}" + ending, table=scene.table().name)


def _written(scene: Scene, table: Table) -> Column:
    return scene.one(c for c in table.columns if _may_write(c))


def _may_write(column: Column) -> bool:
    return column.generated is None and column.identity != "always"
