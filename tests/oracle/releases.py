"""Makes up releases: a table, a revision that changes some of its columns, and the code before and after it."""

from collections.abc import Iterable
from dataclasses import dataclass

from tests.oracle.scene import Choices, Part, Parts, raw, write

WIDER = {
    "integer": ("bigint", "numeric"),
    "smallint": ("integer", "bigint"),
    "real": ("double precision",),
    "varchar(30)": ("text", "varchar(60)"),
    "numeric(8, 2)": ("numeric(12, 2)", "numeric"),
}
VALUES = {
    "integer": ("7", "-2147483648"),
    "smallint": ("3", "-32768"),
    "real": ("0.5", "-1.25"),
    "varchar(30)": ("'größe'", "''"),
    "numeric(8, 2)": ("1.50", "-999999.99"),
    "text": ("'it''s {x}'", "' 🐘'"),
    "date": ("'2020-02-29'", "'infinity'"),
    "boolean": ("true", "false"),
    "jsonb": ("'{\"a\": [1, null]}'", "'null'"),
}
"""Two values of each type; both fit every wider type."""

TABLES = ("person", "Order", 'ta"ble')


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column as both versions of the code know it; None where a version does not."""

    old: str | None
    new: str | None
    values: tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A revision and the statements of both versions of the code.

    Attributes:
        old, new: what one turn does, %(n)s its number; what is returned must be true.
        truth: SELECT of true where every row is as whoever wrote it last left it, %(turns)s rows by the code.
    """

    setup: tuple[str, ...]
    revision: tuple[str, ...]
    old: tuple[str, ...]
    new: tuple[str, ...]
    truth: str

    def __str__(self) -> str:
        parts = {"before": self.setup, "revision": self.revision, "old code": self.old, "new code": self.new}
        return "\n".join(f"-- {name}:\n" + ";\n".join(statements) for name, statements in parts.items())


def make(choices: Choices) -> Release:
    """Return a release of one to three changes."""
    maker = _Maker(choices)
    for number in range(choices.number(2, 5)):
        maker.add_column(f"{choices.one(('c', 'C c', 'select', 'é'))}_{number}")
    for _ in range(choices.number(1, 3)):
        choices.one(
            (maker.rename, maker.rename, maker.widen, maker.widen, maker.drop, maker.add, maker.fill, maker.require)
        )()
    if choices.chance(4):
        maker.rename_table()
    return maker.release()


class _Maker:
    def __init__(self, choices: Choices) -> None:
        self.choices = choices
        self.old_table = self.new_table = choices.one(TABLES)
        self.definitions: list[str] = []
        self.more: list[str] = []
        self.revision: list[str] = []
        self.columns: list[Column] = []
        self.types: dict[str, str] = {}
        self.changed: set[str] = set()

    def add_column(self, name: str) -> None:
        """A column that is there before, perhaps with a rule and an index."""
        type_ = self.choices.one(VALUES)
        values = VALUES[type_]
        ending = self.choices.one(("", "", " NOT NULL", " DEFAULT {value}", " NOT NULL DEFAULT {value}"))
        self.definitions.append(write("{name} {type}" + ending, name=name, type=raw(type_), value=raw(values[0])))
        self.columns.append(Column(old=name, new=name, values=values))
        self.types[name] = type_
        kinds = ("", "", "CREATE INDEX ON {table} ({name}, id)", "CREATE UNIQUE INDEX ON {table} (id, {name})")
        if index := self.choices.one((*kinds, "ALTER TABLE {table} ADD CHECK (id > 0 OR {name} IS NULL)")):
            self.more.append(write(index, table=self.old_table, name=name))

    def rename(self) -> None:
        """RENAME COLUMN."""
        column = self._kept()
        assert column.new is not None
        new = f"{column.new} new"
        self._run("ALTER TABLE {table} RENAME COLUMN {name} TO {new}", name=column.new, new=new)
        self._replace(column, Column(old=column.old, new=new, values=column.values))

    def widen(self) -> None:
        """ALTER COLUMN TYPE to one that holds every value."""
        column = self._kept(WIDER)
        assert column.old is not None
        assert column.new is not None
        type_ = self.types[column.old] = self.choices.one(WIDER[self.types[column.old]])
        self._run("ALTER TABLE {table} ALTER COLUMN {name} TYPE {type}", name=column.new, type=raw(type_))

    def drop(self) -> None:
        """DROP COLUMN."""
        column = self._kept()
        assert column.new is not None
        self._run("ALTER TABLE {table} DROP COLUMN {name}", name=column.new)
        self._replace(column, Column(old=column.old, new=None, values=column.values))

    def add(self) -> None:
        """ADD COLUMN with a default."""
        type_ = self.choices.one(VALUES)
        ending, name = self.choices.one(("", " NOT NULL")), f"added {len(self.columns)}"
        parts: Parts = {"name": name, "type": raw(type_), "value": raw(VALUES[type_][1])}
        self._run("ALTER TABLE {table} ADD COLUMN {name} {type} DEFAULT {value}" + ending, **parts)
        self.columns.append(Column(old=None, new=name, values=VALUES[type_]))

    def fill(self) -> None:
        """ADD COLUMN, filled and made NOT NULL."""
        name = f"filled {len(self.columns)}"
        self._run("ALTER TABLE {table} ADD COLUMN {name} text", name=name)
        self._run("UPDATE {table} SET {name} = 'all'", name=name)
        self._run("ALTER TABLE {table} ALTER COLUMN {name} SET NOT NULL", name=name)
        self.columns.append(Column(old=None, new=name, values=("'all'", "'some'")))

    def require(self) -> None:
        """SET NOT NULL of a column to which both versions give a value."""
        column = self._kept()
        assert column.new is not None
        self._run("ALTER TABLE {table} ALTER COLUMN {name} SET NOT NULL", name=column.new)

    def rename_table(self) -> None:
        """ALTER TABLE RENAME."""
        self._run("ALTER TABLE {table} RENAME TO {new}", new="renamed")
        self.new_table = "renamed"

    def release(self) -> Release:
        """Return what was made."""
        old = {c.old: c.values for c in self.columns if c.old is not None}
        new = {c.new: c.values for c in self.columns if c.new is not None}
        first = ", ".join(["i", *(values[0] for values in old.values())])
        setup = (
            write(
                "CREATE TABLE {table} (id integer PRIMARY KEY{all})",
                table=self.old_table,
                all=raw("".join(f", {definition}" for definition in self.definitions)),
            ),
            write(
                "INSERT INTO {table} SELECT {first} FROM generate_series(1, 60) i",
                table=self.old_table,
                first=raw(first),
            ),
            *self.more,
        )
        return Release(
            setup=setup,
            revision=tuple(self.revision),
            old=_code(self.old_table, old, also_null=[c.old for c in self.columns if c.old and c.new is None]),
            new=_code(self.new_table, new),
            truth=self._truth(new),
        )

    def _truth(self, new: dict[str, tuple[str, str]]) -> str:
        # Rows of the old code have the default of a column that only the new code writes.
        both = [c for c in self.columns if c.old is not None and c.new is not None]
        settled = [_is(c.new, c.values[1]) for c in both if c.new is not None]
        untouched = [_is(c.new, c.values[0]) for c in both if c.new is not None]
        return write(
            "SELECT count(*) = 60 + %(turns)s AND bool_and({each})"
            " AND bool_and(CASE WHEN id > 1000 THEN {settled} ELSE {untouched} END) FROM {table}",
            table=self.new_table,
            settled=raw(_all(settled)),
            untouched=raw(_all(untouched)),
            each=raw(_all(_either(name, values) for name, values in new.items())),
        )

    def _kept(self, types: Iterable[str] = VALUES) -> Column:
        # Each column is changed once: where a plan changes one twice, new code has it as it will be only in contract.
        wanted = frozenset(types)
        found = [c for c in self.columns if c.old and c.new and c.old not in self.changed]
        column = self.choices.one(c for c in found if self.types[c.old or ""] in wanted)
        self.changed.add(column.old or "")
        return column

    def _run(self, template: str, **parts: Part) -> None:
        self.revision.append(write(template, table=self.old_table, **parts))

    def _replace(self, column: Column, other: Column) -> None:
        self.columns[self.columns.index(column)] = other


def _code(table: str, columns: dict[str, tuple[str, str]], also_null: Iterable[str] = ()) -> tuple[str, ...]:
    """One turn: a row written, read, changed, written again; and a look at the rows of both versions.

    Args:
        also_null: columns that the other version does not write.
    """
    first = {name: values[0] for name, values in columns.items()}
    second = {name: values[1] for name, values in columns.items()}
    parts: Parts = {
        "table": table,
        "names": raw("".join(write(", {name}", name=name) for name in columns)),
        "values": raw("".join(f", {value}" for value in first.values())),
        "first": raw(_all(_is(name, value) for name, value in first.items())),
        "second": raw(_all(_is(name, value) for name, value in second.items())),
        "each": raw(_all(_either(name, values, null=name in also_null) for name, values in columns.items())),
        "set": raw(
            ", ".join(write("{name} = {value}", name=name, value=raw(value)) for name, value in second.items())
            or "id = id"
        ),
    }
    templates = (
        "INSERT INTO {table} (id{names}) VALUES (%(n)s{values}) RETURNING {first}",
        "SELECT {first} FROM {table} WHERE id = %(n)s",
        "UPDATE {table} SET {set} WHERE id = %(n)s RETURNING {second}",
        "SELECT {second} FROM {table} WHERE id = %(n)s",
        "INSERT INTO {table} (id{names}) VALUES (%(n)s{values}) ON CONFLICT (id) DO UPDATE SET {set} RETURNING true",
        "SELECT bool_and({each}) FROM {table}",
    )
    return tuple(write(template, **parts) for template in templates)


def _is(name: str, value: str) -> str:
    return write("{name}::text IS NOT DISTINCT FROM ({value})::text", name=name, value=raw(value))


def _either(name: str, values: tuple[str, ...], *, null: bool = False) -> str:
    return f"({' OR '.join(_is(name, value) for value in (*values, *(('NULL',) if null else ())))})"


def _all(conditions: Iterable[str]) -> str:
    return " AND ".join(conditions) or "true"
