"""A second column that stands beside another until contract: made, filled, indexed, kept equal by triggers.

Two BEFORE row triggers of ours act on the same row, so they cannot loop, and need no setting and no
search_path, so they work through poolers. The first one (it fires before the application's own) settles
what the statement wrote; the application's triggers then find every column as they know it; the last one
takes over what these made of it. Both are ENABLE ALWAYS, so they also act on what replication applies.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from online_migrate.catalog import evolve
from online_migrate.catalog.model import Catalog, Column, ColumnGrant, Index, Table, Trigger
from online_migrate.catalog.resolve import resolver
from online_migrate.grammar import analysis, copies, edit
from online_migrate.grammar.compose import Columns, Expression, Identifier, Literal, Part, TypeName, compose
from online_migrate.grammar.definitions import Assignment, ColumnDefinition
from online_migrate.grammar.read import read
from online_migrate.grammar.statements import AddColumn, CreateIndex, CreateTable, Insert, Other, Update
from online_migrate.plan.names import LockMode, RelationName
from online_migrate.plan.steps import Ddl, Step
from online_migrate.strategies.interface import Change, Facts
from online_migrate.strategies.parts import alter_table, done, index_tree, indexes, locks, unbroken
from online_migrate.strategies.parts.batches import kept_up
from online_migrate.strategies.parts.fills import SCHEMA
from online_migrate.strategies.parts.ids import helper_name, step_id
from online_migrate.strategies.parts.index_tree import IndexTree

FOLLOW = "BEGIN NEW.{shadow} := NEW.{old}; RETURN NEW; END"
"""Body of the trigger that gives the shadow what the column holds in the end."""

CONVERT = """
    BEGIN
        BEGIN
            NEW.{shadow} := {value};
        EXCEPTION WHEN data_exception THEN
            NEW.{shadow} := NULL;
        END;
        RETURN NEW;
    END
"""
"""Body of the one that gives it that value in another type, and NULL where it has none: no write fails for it."""

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
        last: body of the trigger that fires after the application's own.
        first: of the one that fires before them; None where nobody writes the shadow.
        path: the search_path that they run with; empty where they name nothing that it could change.
        default, collation: of the shadow, None for none.
    """

    change: Change
    facts: Facts
    table: Table
    column: Column
    name: str
    type: str
    value: str
    last: str
    first: str | None = None
    path: tuple[str, ...] = ()
    default: str | None = None
    collation: str | None = None

    @property
    def in_words(self) -> str:
        """Its name, where people gave it one."""
        ours = self.name.startswith("online_migrate")
        return f"the {self.type} column beside {self.column.name}" if ours else f"{self.name} beside {self.column.name}"


def create(shadow: Shadow) -> tuple[Step, ...]:
    """Return the steps that make the column, once no row is known that cannot be filled."""
    return (*unbroken.steps(shadow.change, shadow.facts, shadow.table.name), _create(shadow))


def _create(shadow: Shadow) -> Ddl:
    """Return the step that makes the column with its triggers: no row escapes them, for both are one transaction."""
    table, name = shadow.table.name, Identifier(shadow.name)
    sql = [_add_column(shadow)]
    if shadow.default is not None:
        # In a statement of its own it holds for later rows only: those that are there show as not filled yet.
        sql.append(alter_table.set_default(table, shadow.name, shadow.default))
    sql += (_grant(grant, table, name) for grant in shadow.column.grants)
    sql += _details(shadow)
    sql += triggers(shadow)
    sql += (copies.trigger_copy(t.definition, _copy_of(shadow, t), shadow.name) for t in _on_update_of(shadow))
    return Ddl(
        id=step_id(shadow.change, "create_shadow", table, shadow.name),
        operation=shadow.change.operation.id,
        purpose=f"add {shadow.in_words}, and the triggers that keep the two equal",
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


def fill(shadow: Shadow, verb: str = "backfill") -> tuple[Step, ...]:
    """Return the steps that give the rows that are there their value, page by page; one that has none is named."""
    facts = with_shadow(shadow)
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
        reads_columns=analysis.columns(shadow.value),
        where_columns=(),
        functions=(),
    )
    steps = kept_up(shadow.change, update, facts, silent=bool(noisy_triggers(shadow.table, facts.catalog)), verb=verb)
    purpose = f"fill {shadow.in_words} in batches"
    return tuple(replace(step, purpose=purpose) for step in steps)


def copy_name(shadow: Shadow, original: str) -> str:
    """Return the name of the copy that the shadow has of an index or constraint."""
    return named(shadow, "online_migrate_copy", original)


def aside(shadow: Shadow, original: str) -> str:
    """Return the name that an index, constraint or sequence of the column has once its copy has taken the original."""
    return named(shadow, "online_migrate_old", original)


def named(shadow: Shadow, purpose: str, name: str) -> str:
    """Return the name of something of ours that belongs to the table."""
    return helper_name(purpose, shadow.change.operation.id, str(shadow.table.name), name)


def index(shadow: Shadow) -> tuple[Step, ...]:
    """Return the steps that build, for the shadow, what indexes there are of the column."""
    return tuple(step for tree in indexes_of(shadow) for step in build_copy(shadow, tree))


def build_copy(shadow: Shadow, tree: IndexTree, model: Index | None = None) -> tuple[Step, ...]:
    """Return the steps that build a copy of an index for the shadow; on a partitioned table each partition's as well.

    Args:
        model: what it is made of, the index itself where there is none. Those of partitions are made of their parent's.
    """
    change, facts, model = shadow.change, with_shadow(shadow), model or tree.index
    constraint = tree.table.constraint(tree.index.constraint or "")
    # A unique index checks at once what its deferrable constraint lets pass until the transaction ends.
    unique = constraint is None or not copies.is_deferrable(constraint.definition)
    copy = copy_of_index(shadow, tree.index)
    sql = copies.index_copy(
        model.definition, shadow.column.name, shadow.name, unique=unique, tablespace=model.tablespace
    )
    statement = read(edit.index_on(sql, tree.table.name, copy.name), resolver(facts.catalog, ()))
    assert isinstance(statement, CreateIndex)
    if tree.table.kind != "p":
        return indexes.beside_writers(change, statement, facts)
    steps: list[Step] = [indexes.shell(change, statement, tree.table.name, copy)]
    for number, child in enumerate(tree.children, 1):
        last, of_child = number == len(tree.children), copy_of_index(shadow, child.index)
        dropping = indexes.dropping(copy)
        steps += build_copy(shadow, child, model)
        steps.append(
            indexes.attach(change, facts, child.table, of_child, copy, dropping=dropping, had=False, last=last)
        )
    return tuple(steps)


def copy_of_index(shadow: Shadow, index: Index) -> RelationName:
    """Return the copy that the shadow has of an index."""
    return RelationName(index.name.schema, copy_name(shadow, str(index.name)))


def analyze(shadow: Shadow) -> Ddl:
    """Return the step that gathers statistics, without which the first queries of the shadow would be planned badly."""
    table = shadow.table.name
    return Ddl(
        id=step_id(shadow.change, "analyze", table, shadow.name),
        operation=shadow.change.operation.id,
        purpose=f"gather statistics of {shadow.in_words} for the queries to come",
        sql=(compose("ANALYZE {table}", table=table),),
        locks=locks.on_tree(LockMode.SHARE_UPDATE_EXCLUSIVE, shadow.facts.catalog, table),
        brief=False,
    )


def indexes_of(shadow: Shadow) -> tuple[IndexTree, ...]:
    """Return the indexes that the shadow gets copies of; those of partitions come with their parent's.

    That of an exclusion constraint which the plan itself makes has no definition yet: nothing rests on it.
    """
    catalog = shadow.facts.catalog
    return tuple(
        index_tree.of(member, index, catalog)
        for member in (shadow.table, *catalog.descendants(shadow.table.name))
        for index in member.indexes
        if shadow.column.name in index.columns and index.valid and index.parent is None and index.definition
    )


def always(
    name: str, table: RelationName, function: RelationName, body: str, path: tuple[str, ...] = ()
) -> Iterator[str]:
    """Yield the statements that make a BEFORE row trigger that also acts on what replication applies."""
    parts: dict[str, Part] = {
        "name": Identifier(name),
        "table": table,
        "function": function,
        "body": Literal(body),
    }
    template = "CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS {body}"
    if path:
        template = "CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql SET search_path = {path} AS {body}"
        parts["path"] = Columns(path)
    yield compose(template, **parts)
    yield compose(
        "CREATE TRIGGER {name} BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()", **parts
    )
    yield compose("ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}", **parts)


def noisy_triggers(table: Table, catalog: Catalog) -> tuple[Trigger, ...]:
    """Return the application's triggers that an UPDATE of a column that they do not know sets off."""
    family = (table, *catalog.descendants(table.name))
    return tuple(
        trigger
        for member in family
        for trigger in member.triggers
        if "update" in trigger.events and not trigger.columns and trigger.enabled != "D"
    )


def obstacle(table: Table, column: Column, facts: Facts) -> str | None:
    """Return why no second column can stand beside this one, or None."""
    catalog = facts.catalog
    family = (table, *catalog.descendants(table.name))
    if catalog.flavour not in ("postgresql", "aurora"):
        return f"triggers are not the same on {catalog.flavour}"
    if column.generated is not None:
        return f"{column.name} is generated, so nobody can write it"
    if any(column.name in member.partition_columns for member in family):
        return f"{column.name} is part of a partition key, which a trigger may not change"
    if any(member.is_partition is False and member.parent is not None for member in family):
        return "tables inherit, and triggers do not"
    if any(member.kind not in ("r", "p") for member in family):
        return "a partition is a foreign table"
    if any(member.publications and not _known_by_row(member) for member in family):
        return "it is published and has no replica identity, so that none of its rows can be changed"
    if unchecked := unbroken.made_by_plan(table.name, facts):
        return f"rows may break {', '.join(unchecked)}, which is not valid, and such a row cannot be filled"
    rules = sorted({rule for member in family for rule in member.rules})
    if rules:
        return f"the rule {', '.join(rules)} rewrites statements"
    noisy = noisy_triggers(table, catalog)
    always = [trigger.name for trigger in noisy if trigger.enabled != "O"]
    if always or (noisy and not catalog.silences_triggers):
        names = ", ".join(sorted(always or {trigger.name for trigger in noisy}))
        return f"the trigger {names} would fire for every row that is filled, and this role may not silence it"
    return None


def _known_by_row(table: Table) -> bool:
    """Whether subscribers know which row is meant, without which a published table takes no UPDATE."""
    match table.replica_identity:
        case "d":
            return table.primary_key is not None
        case "i":
            return any(index.replica_identity for index in table.indexes)
        case identity:
            return identity == "f"


def takes_every_column(change: Change, table: Table) -> bool:
    """Whether a statement of the plan would also take the second column, and keep it."""
    statement = change.statement
    if isinstance(statement, CreateTable) and table.name in (*statement.like, *statement.inherits):
        return True
    # A revision that runs as Python has no SQL: nobody knows what it reads.
    if not isinstance(statement, CreateTable | Insert | Other) or not statement.sql:
        return False
    return "*" in analysis.columns(statement.sql) and table.name in analysis.relations(statement.sql)


def _add_column(shadow: Shadow) -> str:
    template = "ALTER TABLE {table} ADD COLUMN {column} {type}"
    parts: dict[str, Part] = {
        "table": shadow.table.name,
        "column": Identifier(shadow.name),
        "type": TypeName(shadow.type),
    }
    if shadow.collation is not None:
        template += " COLLATE {collation}"
        parts["collation"] = Identifier(shadow.collation)
    return compose(template, **parts)


def _details(shadow: Shadow) -> Iterator[str]:
    """What else is said of the column: its statistics target, options and comment."""
    column = shadow.column
    parts: dict[str, Part] = {"table": shadow.table.name, "column": Identifier(shadow.name)}
    alter = "ALTER TABLE {table} ALTER COLUMN {column} "
    if column.statistics >= 0:
        yield compose(alter + "SET STATISTICS {target}", **parts, target=Literal(column.statistics))
    for option in column.options:
        name, _, value = option.partition("=")
        yield compose(alter + "SET ({name} = {value})", **parts, name=Identifier(name), value=Literal(value))
    if column.comment is not None:
        yield compose("COMMENT ON COLUMN {table}.{column} IS {comment}", **parts, comment=Literal(column.comment))


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


def triggers(shadow: Shadow) -> Iterator[str]:
    """Yield the statements that make the triggers."""
    for which, body in ((_FIRST, shadow.first), (_LAST, shadow.last)):
        if body is not None:
            yield from always(_name(shadow, which), shadow.table.name, _function(shadow, which), body, shadow.path)


def with_shadow(shadow: Shadow) -> Facts:
    """The facts once the column is there."""
    definition = ColumnDefinition(name=shadow.name, type=shadow.type, collation=shadow.collation)
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
