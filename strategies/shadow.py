"""A second column that stands beside another until contract: made, filled, indexed, kept equal by triggers.

Two BEFORE row triggers of ours act on the same row, so they cannot loop, and need no setting and no
search_path, so they work through poolers. The first one (it fires before the application's own) settles
what the statement wrote; the application's triggers then find every column as they know it; the last one
takes over what these made of it. Both are ENABLE ALWAYS, so they also act on what replication applies.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from online_migrate.catalog import evolve
from online_migrate.catalog.model import Catalog, Column, ColumnGrant, Table, Trigger
from online_migrate.catalog.resolve import resolver
from online_migrate.grammar import copies
from online_migrate.grammar.compose import Expression, Identifier, Literal, Part, TypeName, compose
from online_migrate.grammar.definitions import Assignment, ColumnDefinition
from online_migrate.grammar.read import read
from online_migrate.grammar.statements import AddColumn, CreateIndex, Update
from online_migrate.plan.names import LockMode, RelationName
from online_migrate.plan.steps import Ddl, Step
from online_migrate.strategies import done, indexes, locks
from online_migrate.strategies.batches import kept_up
from online_migrate.strategies.fills import SCHEMA
from online_migrate.strategies.ids import helper_name, step_id
from online_migrate.strategies.interface import Change, Facts

_LONGEST = 20
_FIRST, _LAST = "00_online_migrate", "zz_online_migrate_shadow"
"""Triggers fire in the order of their names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shadow:
    """A column, and the one that stands beside it.

    Attributes:
        table: as the change finds it.
        column: what is there.
        name, type: of the shadow.
        value: what the shadow holds, as an expression over a row of the table.
        first, last: bodies of the two triggers.
        default: of the shadow, None for none.
    """

    change: Change
    facts: Facts
    table: Table
    column: Column
    name: str
    type: str
    value: str
    first: str
    last: str
    default: str | None = None


def create(shadow: Shadow) -> Ddl:
    """Return the step that makes the column with its triggers: no row escapes them, for both are one transaction."""
    table, name = shadow.table.name, Identifier(shadow.name)
    sql = [_add_column(shadow)]
    if shadow.default is not None:
        # In a statement of its own it holds for later rows only: those that are there show as not filled yet.
        template = "ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT {default}"
        sql.append(compose(template, table=table, column=name, default=Expression(shadow.default)))
    sql += (_grant(grant, table, name) for grant in shadow.column.grants)
    sql += _triggers(shadow)
    sql += (copies.trigger_copy(t.definition, _copy_of(shadow, t), shadow.name) for t in _on_update_of(shadow))
    return Ddl(
        id=step_id(shadow.change, "create_shadow", table, shadow.name),
        operation=shadow.change.operation.id,
        purpose=f"add {shadow.name} beside {shadow.column.name}, and the triggers that keep the two equal",
        sql=tuple(sql),
        search_path=shadow.change.operation.search_path,
        locks=locks.on_tree(LockMode.ACCESS_EXCLUSIVE, shadow.facts.catalog, table),
        done_check=done.column_exists(table, shadow.name),
        undo=(*drop(shadow), compose("ALTER TABLE {table} DROP COLUMN IF EXISTS {column}", table=table, column=name)),
    )


def drop(shadow: Shadow) -> tuple[str, ...]:
    """Return the statements that drop the triggers; the column stays."""
    table = shadow.table.name
    names = (_name(shadow, _FIRST), _name(shadow, _LAST), *(_copy_of(shadow, t) for t in _on_update_of(shadow)))
    triggers = (compose("DROP TRIGGER IF EXISTS {name} ON {table}", name=Identifier(n), table=table) for n in names)
    functions = (
        compose("DROP FUNCTION IF EXISTS {name}()", name=_function(shadow, which)) for which in (_FIRST, _LAST)
    )
    return (*triggers, *functions)


def fill(shadow: Shadow) -> tuple[Step, ...]:
    """Return the steps that give the rows that are there their value, page by page."""
    facts = _with_shadow(shadow)
    table, column = shadow.table.name, Identifier(shadow.name)
    update = Update(
        sql=compose(
            "UPDATE {table} SET {column} = {value}", table=table, column=column, value=Expression(shadow.value)
        ),
        table=table,
        alias=None,
        assignments=(Assignment(column=shadow.name, expression=shadow.value),),
        assigned_columns=(shadow.name,),
        where=None,
        other_relations=(),
        reads_columns=(shadow.column.name,),
        where_columns=(),
        functions=(),
    )
    return kept_up(shadow.change, update, facts, silent=bool(noisy_triggers(shadow.table, facts.catalog)))


def index(shadow: Shadow) -> tuple[Step, ...]:
    """Return the steps that build, for the shadow, what indexes there are of the column."""
    facts = _with_shadow(shadow)
    steps: list[Step] = []
    family = (shadow.table, *facts.catalog.descendants(shadow.table.name))
    for found in (index for member in family for index in member.indexes):
        if shadow.column.name not in found.columns or not found.valid or found.parent is not None:
            continue
        name = helper_name("online_migrate_index", shadow.change.operation.id, str(found.name))
        sql = copies.index_copy(found.definition, name, shadow.column.name, shadow.name)
        statement = read(sql, resolver(facts.catalog, ()))
        assert isinstance(statement, CreateIndex)
        steps.extend(indexes.beside_writers(shadow.change, statement, facts))
    return tuple(steps)


def noisy_triggers(table: Table, catalog: Catalog) -> tuple[Trigger, ...]:
    """Return the application's triggers that an UPDATE of a column that they do not know sets off."""
    family = (table, *catalog.descendants(table.name))
    return tuple(
        trigger
        for member in family
        for trigger in member.triggers
        if "update" in trigger.events and not trigger.columns and trigger.enabled != "D"
    )


def _add_column(shadow: Shadow) -> str:
    template = "ALTER TABLE {table} ADD COLUMN {column} {type}"
    parts: dict[str, Part] = {
        "table": shadow.table.name,
        "column": Identifier(shadow.name),
        "type": TypeName(shadow.type),
    }
    if shadow.column.collation is not None:
        template += " COLLATE {collation}"
        parts["collation"] = Identifier(shadow.column.collation)
    return compose(template, **parts)


def _grant(grant: ColumnGrant, table: RelationName, column: Identifier) -> str:
    template = {
        "select": "GRANT SELECT ({column}) ON {table} TO ",
        "insert": "GRANT INSERT ({column}) ON {table} TO ",
        "update": "GRANT UPDATE ({column}) ON {table} TO ",
        "references": "GRANT REFERENCES ({column}) ON {table} TO ",
    }[grant.privilege]
    template += "PUBLIC" if grant.role is None else "{role}"
    template += " WITH GRANT OPTION" if grant.grantable else ""
    return compose(template, column=column, table=table, role=Identifier(grant.role or ""))


def _triggers(shadow: Shadow) -> Iterator[str]:
    for which, body in ((_FIRST, shadow.first), (_LAST, shadow.last)):
        parts: dict[str, Part] = {
            "name": Identifier(_name(shadow, which)),
            "table": shadow.table.name,
            "function": _function(shadow, which),
            "body": Literal(body),
        }
        yield compose("CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS {body}", **parts)
        yield compose(
            "CREATE TRIGGER {name} BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()",
            **parts,
        )
        yield compose("ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}", **parts)


def _with_shadow(shadow: Shadow) -> Facts:
    """The facts once the column is there."""
    definition = ColumnDefinition(name=shadow.name, type=shadow.type, collation=shadow.column.collation)
    added = AddColumn(sql="", table=shadow.table.name, column=definition)
    return replace(shadow.facts, catalog=evolve.apply(shadow.facts.catalog, added))


def _on_update_of(shadow: Shadow) -> tuple[Trigger, ...]:
    """The application's triggers that fire where a statement assigns the column: they must for the shadow as well."""
    return tuple(t for t in shadow.table.triggers if shadow.column.name in t.columns and t.enabled != "D")


def _name(shadow: Shadow, purpose: str) -> str:
    table = shadow.table.name
    return helper_name(purpose, shadow.change.operation.id, table.schema, table.name, shadow.name)


def _function(shadow: Shadow, which: str) -> RelationName:
    return RelationName(SCHEMA, _name(shadow, "first" if which == _FIRST else "last"))


def _copy_of(shadow: Shadow, trigger: Trigger) -> str:
    return _name(shadow, f"online_migrate_{trigger.name[:_LONGEST]}")
