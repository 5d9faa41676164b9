"""A table that becomes a partition: what ATTACH PARTITION would do under its locks is done before it."""

from dataclasses import replace

from online_migrate.catalog import evolve
from online_migrate.catalog.model import Catalog, Index, Table
from online_migrate.grammar import bounds as grammar
from online_migrate.grammar import edit
from online_migrate.grammar.compose import compose
from online_migrate.grammar.constraints import parse_definition, read_constraint
from online_migrate.grammar.definitions import Constraint
from online_migrate.grammar.read import read
from online_migrate.grammar.statements import AddConstraint, AlterTableOther, CreateIndex
from online_migrate.grammar.subcommands import attached_bounds
from online_migrate.plan.names import RelationName
from online_migrate.plan.steps import Ddl, Step
from online_migrate.risk import partitions, tables
from online_migrate.strategies.interface import Change, Facts
from online_migrate.strategies.parts import bounds, done, indexes, sequences, unique_keys
from online_migrate.strategies.parts.ids import step_id


def attach(change: Change, facts: Facts, statement: AlterTableOther, *, empty: bool = False) -> tuple[Step, ...] | None:
    """Return the steps of ATTACH PARTITION; None where it would still read rows under its locks.

    What the parent has and the table lacks is built or validated first: indexes, keys, foreign keys. A CHECK proves
    the bounds, another one that no row of the DEFAULT partition belongs here; both go again afterwards.

    Args:
        facts: their catalog has both tables.
        empty: the table has no rows and nobody knows it, so that nothing has to be done for it before.
    """
    assert statement.other is not None
    parent, child = facts.catalog.table(statement.table), facts.catalog.table(statement.other)
    if parent is None or child is None:
        return None
    proofs = _proofs(facts.catalog, parent, child, attached_bounds(statement.sql), empty=empty)
    lacking = () if empty else _lacking(facts, statement, parent, child)
    if proofs is None or lacking is None:
        return None
    steps: list[Step] = []
    for made in lacking:
        steps.extend(_made(change, facts, made))
        facts = replace(facts, catalog=evolve.apply(facts.catalog, made))
    for table, expression in proofs:
        steps.extend(bounds.prove(change, facts, table, expression))
        proof = Constraint(type="check", name=None, columns=(), definition="", expression=expression)
        proved = AddConstraint(sql="", table=table, constraint=proof)
        facts = replace(facts, catalog=evolve.apply(facts.catalog, proved))
    steps.append(_attach(change, facts, statement, child.name))
    steps.extend(bounds.drop_proof(change, facts, table) for table, _ in proofs)
    return tuple(steps)


def _attach(change: Change, facts: Facts, statement: AlterTableOther, child: RelationName) -> Ddl:
    return Ddl(
        id=step_id(change, "attach", child),
        operation=change.operation.id,
        purpose=f"attach {child} to {statement.table}; no row is read",
        sql=(statement.sql,),
        search_path=change.operation.search_path,
        locks=partitions.attach(statement, facts.catalog).locks,
        done_check=done.partition_attached(child, statement.table),
        undo=(compose("ALTER TABLE {table} DETACH PARTITION {child}", table=statement.table, child=child),),
    )


def _proofs(
    catalog: Catalog, parent: Table, child: Table, bound: str, *, empty: bool
) -> tuple[tuple[RelationName, str], ...] | None:
    """Return the CHECKs to be made, by table; None where one that is needed cannot be written."""
    default = tables.default_partition(parent, catalog)
    if bound.upper() == grammar.DEFAULT:
        return () if empty else None
    types = {column.name: column.type for column in parent.columns}
    inside = grammar.belonging(bound, parent.partition_key or "", types)
    if inside is None:
        return () if empty and default is None else None
    wanted = tables.belonging(bound, parent, catalog)
    proofs = [] if empty or not tables.unproved(child, wanted, catalog) else [(child.name, inside)]
    if default is not None:
        proofs.append((default.name, grammar.outside(inside)))
    return tuple(proofs)


def _lacking(
    facts: Facts, statement: AlterTableOther, parent: Table, child: Table
) -> tuple[CreateIndex | AddConstraint, ...] | None:
    """Return what ATTACH would make for the table, under the names it would give; None for what has no online form."""
    after = evolve.apply(facts.catalog, statement).tables[child.name]
    had = {index.name for index in child.indexes} | {constraint.name for constraint in child.constraints}
    found: list[CreateIndex | AddConstraint] = []
    for index in after.indexes:
        if index.name not in had:
            made = _lacking_index(parent, child, index)
            if made is None:
                return None
            found.append(made)
    for constraint in after.constraints:
        if constraint.type == "foreign_key" and constraint.inherited and constraint.name not in had:
            definition = read_constraint(parse_definition(constraint.definition))
            named = replace(definition, name=constraint.name)
            if not sequences.can_be_not_valid(facts.catalog, named.referenced):
                return None
            found.append(AddConstraint(sql="", table=child.name, constraint=named))
    return tuple(found)


def _lacking_index(parent: Table, child: Table, index: Index) -> CreateIndex | AddConstraint | None:
    above = next(i for i in parent.indexes if i.name == index.parent)
    owner = parent.constraint(above.constraint or "")
    if owner is None:
        made = read(edit.index_on(above.definition, child.name, index.name.name), _qualified)
        return made if isinstance(made, CreateIndex) else None
    definition = read_constraint(parse_definition(owner.definition))
    if definition.type not in ("unique", "primary_key"):
        return None
    return AddConstraint(sql="", table=child.name, constraint=replace(definition, name=index.name.name))


def _qualified(schema: str | None, name: str) -> RelationName:
    return RelationName(schema or "", name)


def _made(change: Change, facts: Facts, made: CreateIndex | AddConstraint) -> tuple[Step, ...]:
    if isinstance(made, CreateIndex):
        return indexes.beside_writers(change, made, facts)
    if made.constraint.type == "foreign_key":
        return sequences.foreign_key(change, facts, made.table, made.constraint)
    return unique_keys.key(change, facts, made.table, made.constraint)
