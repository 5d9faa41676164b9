"""A type that takes the place of another of the same name, as a value of an enum can only be removed.

Revisions do it in one of two ways: they rename the type, make another under its name, change the column and drop the
first; or they make another, change the column, drop the first and give its name to the other. Run one after the other,
code that names the type (`$1::status`, as psycopg and asyncpg send enums) fails on the way: for as long as the rows
take, or until contract. So the types get their names in the transaction in which the columns change hands, all that are
of the type; until then the new one, or from then on the old one, stands beside the other under a name of ours.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from online_migrate.catalog.model import Catalog, UserType
from online_migrate.grammar import statements as s
from online_migrate.grammar.compose import Identifier, compose
from online_migrate.grammar.types import in_expression, in_statement, is_type, names_type
from online_migrate.plan.names import RelationName
from online_migrate.plan.steps import Ddl
from online_migrate.strategies.interface import Change, Facts
from online_migrate.strategies.parts import done
from online_migrate.strategies.parts.ids import helper_name, step_id
from online_migrate.strategies.parts.moves import Move

Part = Literal["renames", "creates", "alters", "drops"]

_TEMPLATE = "ALTER TYPE {type} RENAME TO {name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What is exchanged, and what the revision and we call it.

    Attributes:
        type: what code calls it, before and after.
        new: the new type, until the exchange.
        old: the type that was, from then on.
        parts: what each of the changes does that make it up, by the id of its operation, in their order.
        until, since: what the revision names the types, and what they are called until the exchange, and since.
    """

    type: RelationName
    new: RelationName
    old: RelationName
    parts: Mapping[str, Part]
    until: Mapping[RelationName, RelationName] = field(default_factory=dict)
    since: Mapping[RelationName, RelationName] = field(default_factory=dict)

    @property
    def last(self) -> str:
        """The operation that changes the last of the columns: the moment for all of them."""
        return [operation for operation, part in self.parts.items() if part == "alters"][-1]

    def before(self, expression: str) -> str:
        """Return an expression of the revision as it reads until the exchange."""
        return in_expression(expression, self.until)

    def after(self, expression: str) -> str:
        """Return an expression of the revision as it reads from then on."""
        return in_expression(expression, self.since)

    def statement_before(self, sql: str) -> str:
        """Return a statement of the revision as it reads until the exchange."""
        return in_statement(sql, self.until)

    def move(self, change: Change) -> Move:
        """Both types get their names, once the last column has changed."""

        def rename(type_: RelationName, name: RelationName) -> str:
            return compose(_TEMPLATE, type=type_, name=Identifier(name.name))

        if change.operation.id != self.last:
            return Move(do=(), undo=())
        return Move(
            do=(rename(self.type, self.old), rename(self.new, self.type)),
            undo=(rename(self.type, self.new), rename(self.old, self.type)),
        )

    def drop(self, change: Change) -> tuple[Ddl, ...]:
        """Return the step that drops the type that was, once no column is of it, where the revision does."""
        dropping = next((operation for operation, part in self.parts.items() if part == "drops"), None)
        if dropping is None or change.operation.id != self.last:
            return ()
        step = Ddl(
            id=step_id(change, "drop_type", self.old),
            operation=dropping,
            purpose=f"drop the type that {self.type} was",
            sql=(compose("DROP TYPE {name}", name=self.old),),
            done_check=done.type_absent(self.old),
            reversible=False,
        )
        return (step,)


def of(change: Change, facts: Facts) -> Exchange | None:
    """Return the exchange that a change is part of.

    None where not every column of the type gets the new one, or a change between those of the exchange may mean one of
    the types or rest on what becomes of the columns.
    """
    enums = [t for t in facts.live.types.values() if t.kind == "enum" and t.used_by]
    if not enums or all(_made_by(other) is None for other in facts.changes):
        return None
    found = (_of_enum(enum, facts) for enum in enums)
    return next((e for e in found if e is not None and change.operation.id in e.parts), None)


def entangled(found: Exchange, change: Change, facts: Facts) -> str | None:
    """Return the name of what is on a column and on another of the exchange: no copy has both of the new type."""
    table, column = _column(change)
    altered = (c for c in facts.changes if found.parts.get(c.operation.id) == "alters")
    others = {_column(c) for c in altered} - {(table, column)}
    return next(_on_both(facts.catalog, table, column, others), None)


def _on_both(
    catalog: Catalog, table: RelationName, column: str, others: Collection[tuple[RelationName, str]]
) -> Iterator[str]:
    def of_others(relation: RelationName | None, columns: Iterable[str]) -> bool:
        return any((relation, name) in others for name in columns)

    found = catalog.tables[table]
    yield from (str(i.name) for i in found.indexes if column in i.columns and of_others(table, i.columns))
    yield from (str(s.name) for s in found.extended_statistics if column in s.columns and of_others(table, s.columns))
    for constraint in found.constraints:
        refers = of_others(constraint.referenced, constraint.referenced_columns)
        if column in constraint.columns and (refers or of_others(table, constraint.columns)):
            yield constraint.name
    for other, constraint in catalog.referencing(table):
        if column in constraint.referenced_columns and of_others(other.name, constraint.columns):
            yield constraint.name


def _of_enum(enum: UserType, facts: Facts) -> Exchange | None:
    was, changes = enum.name, facts.changes
    altering = [n for n, c in enumerate(changes) if isinstance(c.statement, s.AlterType) and _column(c) in enum.used_by]
    if sorted(map(_column, (changes[n] for n in altering))) != sorted(enum.used_by):
        return None
    types = {c.statement.type for n in altering if isinstance((c := changes[n]).statement, s.AlterType)}
    created = _only(n for n in range(altering[0]) if (made := _made_by(changes[n])) and _all_are(types, made))
    new = _made_by(changes[created]) if created is not None else None
    if created is None or new is None or new.schema != was.schema:
        return None
    helper = RelationName(was.schema, helper_name("online_migrate_type", changes[altering[-1]].operation.id, str(was)))
    earlier, later = range(altering[0]), range(altering[-1] + 1, len(changes))
    alters: dict[int | None, Part] = dict.fromkeys(altering, "alters")
    if new == was:
        renamed = _only(n for n in earlier if (name := _renamed(changes[n], was)) and name.schema == was.schema)
        old = (_renamed(changes[renamed], was) if renamed is not None else None) or was
        parts = _parts({renamed: "renames", created: "creates", **alters}, facts, was, old)
        dropped = _only(n for n in later if _drops(changes[n], old))
        drops: dict[str, Part] = {changes[dropped].operation.id: "drops"} if dropped is not None else {}
        until = {was: helper, old: was}
        return Exchange(type=was, new=helper, old=old, parts={**parts, **drops}, until=until) if parts else None
    dropped = _only(n for n in later if _drops(changes[n], was))
    renamed = _only(n for n in later if _renamed(changes[n], new) == was)
    if renamed is None:
        return None
    parts = _parts({created: "creates", **alters, dropped: "drops", renamed: "renames"}, facts, was, new)
    return Exchange(type=was, new=new, old=helper, parts=parts, since={new: was, was: helper}) if parts else None


def _parts(roles: Mapping[int | None, Part], facts: Facts, *types: RelationName) -> Mapping[str, Part]:
    """Return what each change does; nothing where one is missing or out of order, or another is in the way."""
    places = [place for place in roles if place is not None]
    if len(places) < len(roles) or places != sorted(places):
        return {}
    altering = [place for place, role in roles.items() if role == "alters" and place is not None]
    columns = {_column(facts.changes[n]) for n in altering}
    others = (n for n in range(places[0], places[-1]) if n not in roles)
    for n in others:
        change = facts.changes[n]
        within = altering[0] < n < altering[-1]
        if _may_mean(change, *types) or (within and not _is_default(change, columns)):
            return {}
    paths = {facts.changes[n].operation.search_path for n in range(altering[0], altering[-1] + 1)}
    return {facts.changes[n].operation.id: roles[n] for n in places} if len(paths) == 1 else {}


def _column(change: Change) -> tuple[RelationName, str]:
    statement = change.statement
    assert isinstance(statement, s.AlterType)
    return statement.table, statement.column


def _is_default(change: Change, columns: Collection[tuple[RelationName, str]]) -> bool:
    """Whether it drops or sets the default of one of the columns, which the swap of that takes along."""
    statement = change.statement
    return isinstance(statement, s.SetDefault | s.DropDefault) and (statement.table, statement.column) in columns


def _all_are(types: Collection[str], name: RelationName) -> bool:
    return all(is_type(text, name) for text in types)


def _only(places: Iterable[int]) -> int | None:
    found = tuple(places)
    return found[0] if len(found) == 1 else None


def _made_by(change: Change) -> RelationName | None:
    """Return the enum that a change makes."""
    statement = change.statement
    return statement.name if isinstance(statement, s.CreateType) and statement.labels is not None else None


def _renamed(change: Change, type_: RelationName) -> RelationName | None:
    """Return the name that a change gives the type."""
    statement = change.statement
    return statement.new if isinstance(statement, s.RenameType) and statement.type == type_ else None


def _drops(change: Change, type_: RelationName) -> bool:
    statement = change.statement
    return (
        isinstance(statement, s.Other)
        and statement.tag == "drop_type"
        and (statement.object_name or "").rpartition(".")[2] == type_.name
    )


def _may_mean(change: Change, *types: RelationName) -> bool:
    sql = change.statement.sql
    return change.assessment.opaque or not sql or any(names_type(sql, type_.name) for type_ in types)
