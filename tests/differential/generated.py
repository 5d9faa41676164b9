"""Revisions made up by Hypothesis: sequences of statements over two tables, each valid where it stands or dropped."""

from dataclasses import dataclass, field

from hypothesis import strategies as st
from psycopg import sql

NAMES = ("x", "Y y", "select", "größe", 'q"')
TYPES = {"integer": "7", "text": "'seven'", "bigint": "8", "date": "DATE '2020-02-03'", "numeric(8, 2)": "1.5"}
SETUP = """
    CREATE TABLE people (id integer PRIMARY KEY, n integer, t text NOT NULL, k integer NOT NULL DEFAULT 0, d date);
    INSERT INTO people SELECT i, CASE WHEN i % {nulls} > 0 THEN i % {many} END, 't' || i % {many}, i, DATE
        '2020-01-01' + i
    FROM generate_series(1, {rows}) i;
    CREATE INDEX people_n ON people (n);
    CREATE TABLE items (id bigserial PRIMARY KEY, people_id integer REFERENCES people ON DELETE CASCADE, v
        text, w numeric(8, 2));
    INSERT INTO items (people_id, v, w) SELECT i % {rows} + 1, CASE WHEN i % {nulls} > 0 THEN 'v' || i END, i
    FROM generate_series(1, {rows}) i;
"""


@dataclass(slots=True)
class Model:
    """The tables as the statements so far have left them: column to type; and names that were given."""

    tables: dict[str, dict[str, str]] = field(
        default_factory=lambda: {
            "people": {"n": "integer", "t": "text", "k": "integer", "d": "date"},
            "items": {"people_id": "integer", "v": "text", "w": "numeric(8, 2)"},
        }
    )
    constraints: list[tuple[str, str]] = field(default_factory=list)
    indexes: list[str] = field(default_factory=lambda: ["people_n"])
    given: int = 0

    def name(self) -> str:
        """Return a name that was not given yet."""
        self.given += 1
        return f"{NAMES[self.given % len(NAMES)]}_{self.given}"


@st.composite
def setups(draw: st.DrawFn) -> str:
    """The two tables with rows."""
    parts = {"rows": st.integers(0, 80), "nulls": st.integers(2, 9), "many": st.integers(1, 40)}
    numbers = {name: sql.Literal(draw(number) or 1) for name, number in parts.items()}
    return sql.SQL(SETUP).format(**numbers).as_string()


@st.composite
def revisions(draw: st.DrawFn) -> str:
    """Two to eight operations, some of them of several statements as people write them."""
    model = Model()
    operations = [draw(st.sampled_from(_OPERATIONS))(draw, model) for _ in range(draw(st.integers(2, 8)))]
    return "\n".join(operation for operation in operations if operation)


def _write(template: str, **parts: str | sql.Composable) -> str:
    names = {key: sql.Identifier(part) if isinstance(part, str) else part for key, part in parts.items()}
    return sql.SQL(template).format(**names).as_string() + ";"


def _column(draw: st.DrawFn, model: Model, *types: str) -> tuple[str, str] | None:
    found = [
        (table, column)
        for table, columns in model.tables.items()
        for column, type_ in columns.items()
        if not types or type_ in types
    ]
    return draw(st.sampled_from(found)) if found else None


def _add_column(draw: st.DrawFn, model: Model) -> str:
    table, type_ = draw(st.sampled_from(sorted(model.tables))), draw(st.sampled_from(sorted(TYPES)))
    column = draw(st.sampled_from([name for name in NAMES if name not in model.tables[table]] or [model.name()]))
    model.tables[table][column] = type_
    ending = draw(st.sampled_from(["", " DEFAULT {value}", " NOT NULL DEFAULT {value}"]))
    parts = {"table": table, "column": column, "type": sql.SQL(type_), "value": sql.SQL(TYPES[type_])}
    return _write("ALTER TABLE {table} ADD COLUMN {column} {type}" + ending, **parts)  # type: ignore[arg-type]


def _add_filled_column(draw: st.DrawFn, model: Model) -> str:
    table = draw(st.sampled_from(sorted(model.tables)))
    source, column = draw(st.sampled_from(sorted(model.tables[table]))), model.name()
    model.tables[table][column] = "text"
    parts: dict[str, str | sql.Composable] = {"table": table, "column": column, "source": source}
    lines = [
        _write("ALTER TABLE {table} ADD COLUMN {column} text", **parts),
        _write("UPDATE {table} SET {column} = coalesce({source}::text, 'none')", **parts),
    ]
    if draw(st.booleans()):
        lines.append(_write("ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL", **parts))
    return "\n".join(lines)


def _drop_column(draw: st.DrawFn, model: Model) -> str:
    if (found := _column(draw, model)) is None:
        return ""
    table, column = found
    del model.tables[table][column]
    return _write("ALTER TABLE {table} DROP COLUMN {column}", table=table, column=column)


def _rename_column(draw: st.DrawFn, model: Model) -> str:
    if (found := _column(draw, model)) is None:
        return ""
    table, column = found
    new = model.name()
    model.tables[table][new] = model.tables[table].pop(column)
    return _write("ALTER TABLE {table} RENAME COLUMN {column} TO {new}", table=table, column=column, new=new)


def _alter_column(draw: st.DrawFn, model: Model) -> str:
    if (found := _column(draw, model)) is None:
        return ""
    table, column = found
    value = sql.SQL(TYPES[model.tables[table][column]])
    what = draw(st.sampled_from(["SET DEFAULT {value}", "DROP DEFAULT", "SET NOT NULL", "DROP NOT NULL", "TYPE text"]))
    if what == "TYPE text":
        model.tables[table][column] = "text"
    return _write("ALTER TABLE {table} ALTER COLUMN {column} " + what, table=table, column=column, value=value)


def _update(draw: st.DrawFn, model: Model) -> str:
    if (found := _column(draw, model)) is None:
        return ""
    table, column = found
    type_ = model.tables[table][column]
    values = ["{value}", "{value}", "NULL"]
    values += ["{column} + 1"] if type_ in ("integer", "bigint", "numeric(8, 2)", "date") else []
    values += ["{column} || '!'", "{other}::text"] if type_ == "text" else []
    where = draw(st.sampled_from(["", " WHERE {column} IS NULL", " WHERE id % 3 = 0", " WHERE {other} IS NOT NULL"]))
    parts = {"table": table, "column": column, "other": draw(st.sampled_from(sorted(model.tables[table])))}
    template = "UPDATE {table} SET {column} = " + draw(st.sampled_from(values)) + where
    return _write(template, **parts, value=sql.SQL(TYPES[type_]))


def _update_from(draw: st.DrawFn, model: Model) -> str:
    texts = [column for column, type_ in model.tables["items"].items() if type_ == "text"]
    if not texts or "people_id" not in model.tables["items"]:
        return ""
    parts = {"column": draw(st.sampled_from(texts)), "source": draw(st.sampled_from(sorted(model.tables["people"])))}
    return _write("UPDATE items SET {column} = p.{source}::text FROM people p WHERE p.id = items.people_id", **parts)


def _create_index(draw: st.DrawFn, model: Model) -> str:
    if (found := _column(draw, model)) is None:
        return ""
    table, column = found
    name = draw(st.sampled_from([model.name(), "people_n"]))
    model.indexes.append(name)
    kind, ending = draw(st.sampled_from([("", ""), ("", " WHERE id > 3"), ("UNIQUE ", ", id"), ("UNIQUE ", "")]))
    where = ending if ending.startswith(" ") else ""
    key = "{column}" + (ending if ending.startswith(",") else "")
    template = "CREATE " + kind + "INDEX {name} ON {table} (" + key + ")" + where
    return _write(template, name=name, table=table, column=column)


def _drop_index(draw: st.DrawFn, model: Model) -> str:
    if not model.indexes:
        return ""
    name = draw(st.sampled_from(model.indexes))
    model.indexes.remove(name)
    return _write("DROP INDEX {name}", name=name)


def _add_check(draw: st.DrawFn, model: Model) -> str:
    if (found := _column(draw, model)) is None:
        return ""
    table, column = found
    name = model.name()
    model.constraints.append((table, name))
    rule = draw(st.sampled_from(["{column} IS NOT NULL", "{column}::text <> 'never'"]))
    return _write(
        "ALTER TABLE {table} ADD CONSTRAINT {name} CHECK (" + rule + ")", table=table, name=name, column=column
    )


def _add_foreign_key(draw: st.DrawFn, model: Model) -> str:
    if (found := _column(draw, model, "integer", "bigint")) is None:
        return ""
    table, column = found
    name = model.name()
    model.constraints.append((table, name))
    parts: dict[str, str | sql.Composable] = {"table": table, "column": column, "name": name}
    orphans = "UPDATE {table} SET {column} = NULL WHERE {column} NOT IN (SELECT id FROM people)"
    key = "ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({column}) REFERENCES people (id)"
    action = draw(st.sampled_from(["", " ON DELETE SET NULL", " DEFERRABLE INITIALLY DEFERRED"]))
    return _write(orphans, **parts) + "\n" + _write(key + action, **parts)


def _drop_constraint(draw: st.DrawFn, model: Model) -> str:
    if not model.constraints:
        return ""
    table, name = draw(st.sampled_from(model.constraints))
    model.constraints.remove((table, name))
    return _write("ALTER TABLE {table} DROP CONSTRAINT {name}", table=table, name=name)


def _new_table(draw: st.DrawFn, model: Model) -> str:
    source = draw(st.sampled_from(sorted(model.tables["people"])))
    name = model.name()
    model.tables[name] = {"v": "text"}
    parts: dict[str, str | sql.Composable] = {"name": name, "source": source}
    lines = [
        _write("CREATE TABLE {name} (id integer PRIMARY KEY REFERENCES people ON DELETE CASCADE, v text)", **parts)
    ]
    if draw(st.booleans()):
        lines.append(_write("INSERT INTO {name} SELECT id, {source}::text FROM people", **parts))
    return "\n".join(lines)


def _delete(draw: st.DrawFn, model: Model) -> str:
    table = draw(st.sampled_from(sorted(model.tables)))
    column = draw(st.sampled_from(sorted(model.tables[table]) or ["id"]))
    where = draw(st.sampled_from(["{column} IS NULL", "id % 5 = 0"]))
    return _write("DELETE FROM {table} WHERE " + where, table=table, column=column)


_OPERATIONS = (
    _add_column,
    _add_filled_column,
    _drop_column,
    _rename_column,
    _alter_column,
    _alter_column,
    _update,
    _update,
    _update_from,
    _create_index,
    _drop_index,
    _add_check,
    _add_foreign_key,
    _drop_constraint,
    _new_table,
    _delete,
)
