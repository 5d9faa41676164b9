"""A type that takes the place of another of the same name, as a value of an enum can only be removed.

Revisions do it in one of two ways: they rename the type, make another under its name, change the column and drop the
first; or they make another, change the column, drop the first and give its name to the other. Run one after the other,
code that names the type (`$1::status`, as psycopg and asyncpg send enums) fails on the way: for as long as the rows
take, or until contract. So the types get their names in the transaction in which the columns change hands; until then
the new one, or from then on the old one, stands beside the other under a name of ours.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from online_migrate.grammar import statements as s
from online_migrate.grammar.compose import Identifier, compose
from online_migrate.grammar.types import in_expression, is_type, names_type, new_name_of
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
        parts: what each of the changes does that make it up, by the id of its operation.
        until, since: what the revision names the types, and what they are called until the exchange, and since.
    """

    type: RelationName
    new: RelationName
    old: RelationName
    parts: Mapping[str, Part]
    until: Mapping[RelationName, RelationName] = field(default_factory=dict)
    since: Mapping[RelationName, RelationName] = field(default_factory=dict)

    def before(self, expression: str) -> str:
        """Return an expression of the revision as it reads until the exchange."""
        return in_expression(expression, self.until)

    def after(self, expression: str) -> str:
        """Return an expression of the revision as it reads from then on."""
        return in_expression(expression, self.since)

    def drop(self, change: Change) -> tuple[Ddl, ...]:
        """Return the step that drops the type that was, once no column is of it, where the revision does.

        Args:
            change: the one that alters the column.
        """
        dropping = next((operation for operation, part in self.parts.items() if part == "drops"), None)
        if dropping is None:
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

    @property
    def move(self) -> Move:
        """Both types get their names."""

        def rename(type_: RelationName, name: RelationName) -> str:
            return compose(_TEMPLATE, type=type_, name=Identifier(name.name))

        return Move(
            do=(rename(self.type, self.old), rename(self.new, self.type)),
            undo=(rename(self.type, self.new), rename(self.old, self.type)),
        )


def of(change: Change, facts: Facts) -> Exchange | None:
    """Return the exchange that a change is part of.

    None where more than one column is of the type, or a change between those of the exchange may mean one of the types.
    """
    for number, altered in enumerate(facts.changes):
        if isinstance(altered.statement, s.AlterType):
            found = _at(number, altered.statement, facts)
            if found is not None and change.operation.id in found.parts:
                return found
    return None


def _at(number: int, statement: s.AlterType, facts: Facts) -> Exchange | None:
    column, changes = (statement.table, statement.column), facts.changes
    was = next((t.name for t in facts.live.types.values() if t.kind == "enum" and t.used_by == (column,)), None)
    created = _only(n for n in range(number) if (made := _made_by(changes[n])) and is_type(statement.type, made))
    new = _made_by(changes[created]) if created is not None else None
    if was is None or created is None or new is None or new.schema != was.schema:
        return None
    helper = RelationName(was.schema, helper_name("online_migrate_type", changes[number].operation.id, str(was)))
    later = range(number + 1, len(changes))
    if new == was:
        renamed = _only(n for n in range(number) if _is_about(changes[n], "rename_type", was))
        return _renamed_before((renamed, created, number), later, was, helper, facts)
    dropped = _only(n for n in later if _is_about(changes[n], "drop_type", was))
    renamed = _only(n for n in later if _is_about(changes[n], "rename_type", new))
    return _renamed_after((created, number, dropped, renamed), was, new, helper, facts)


def _renamed_before(
    places: tuple[int | None, int, int], later: range, was: RelationName, helper: RelationName, facts: Facts
) -> Exchange | None:
    if places[0] is None:
        return None
    old = RelationName(was.schema, new_name_of(facts.changes[places[0]].statement.sql))
    parts = dict(_parts(places, ("renames", "creates", "alters"), facts, was, old))
    dropped = _only(n for n in later if _is_about(facts.changes[n], "drop_type", old))
    if parts and dropped is not None:
        parts[facts.changes[dropped].operation.id] = "drops"
    return Exchange(type=was, new=helper, old=old, parts=parts, until={was: helper, old: was}) if parts else None


def _renamed_after(
    places: tuple[int, int, int | None, int | None],
    was: RelationName,
    new: RelationName,
    helper: RelationName,
    facts: Facts,
) -> Exchange | None:
    if places[3] is None or new_name_of(facts.changes[places[3]].statement.sql) != was.name:
        return None
    parts = _parts(places, ("creates", "alters", "drops", "renames"), facts, was, new)
    return Exchange(type=was, new=new, old=helper, parts=parts, since={new: was, was: helper}) if parts else None


def _parts(
    places: tuple[int | None, ...], roles: tuple[Part, ...], facts: Facts, *types: RelationName
) -> Mapping[str, Part]:
    """Return what each change does; nothing where one is missing or out of order, or another may mean the types."""
    found = [place for place in places if place is not None]
    if len(found) < len(places) or found != sorted(found):
        return {}
    others = (facts.changes[n] for n in range(found[0], found[-1]) if n not in found)
    if any(_may_mean(change, *types) for change in others):
        return {}
    return {facts.changes[place].operation.id: role for place, role in zip(found, roles, strict=True)}


def _only(places: Iterable[int]) -> int | None:
    found = tuple(places)
    return found[0] if len(found) == 1 else None


def _made_by(change: Change) -> RelationName | None:
    """Return the enum that a change makes."""
    statement = change.statement
    return statement.name if isinstance(statement, s.CreateType) and statement.labels is not None else None


def _is_about(change: Change, tag: str, type_: RelationName) -> bool:
    statement = change.statement
    return (
        isinstance(statement, s.Other)
        and statement.tag == tag
        and (statement.object_name or "").rpartition(".")[2] == type_.name
    )


def _may_mean(change: Change, *types: RelationName) -> bool:
    sql = change.statement.sql
    return change.assessment.opaque or not sql or any(names_type(sql, type_.name) for type_ in types)
