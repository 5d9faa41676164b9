"""ALTER SCHEMA ... RENAME TO.

Naive risk: quick and without a lock on any table, but from that moment old code that names the schema fails, or finds
it in its search_path no more, and new code until then.

Steps. Migrate: in one transaction the schema gets its name, and another one under the old name has a view of each
relation, a domain over each type and a second sequence for each that no column owns (see rename_table, rename_type,
rename_sequence), with the rights of all of them. Contract begins with dropping these and the schema they are in.

Locks: ACCESS SHARE on the tables, SHARE ROW EXCLUSIVE for a moment on the sequences of no column.

Old and new code: old code reads and writes the views as it did the tables; what a view, a domain and a second sequence
cannot is told there. A sequence that a column owns is named by nobody but the column's default.

Preconditions: no other change of the plan is about the schema, under either name; it has neither enums nor functions
that code calls, nothing of an extension, and nothing for which there is no second name. Any other is run in contract.

Undo: until contract, the second schema goes and the first gets its name back.

PostgreSQL: 14 to 18; https://www.postgresql.org/docs/current/sql-alterschema.html.
"""

from collections.abc import Iterator
from typing import LiteralString

from online_migrate.catalog.model import SchemaOptions, Table
from online_migrate.grammar.compose import Identifier, compose
from online_migrate.grammar.statements import RenameSchema
from online_migrate.plan.model import PhaseName
from online_migrate.plan.names import LockMode, RelationName
from online_migrate.plan.steps import CutOver, Ddl
from online_migrate.strategies.interface import Change, Facts, Rewrite
from online_migrate.strategies.parts import as_written, done, inverse, locks, second_names, second_sequence
from online_migrate.strategies.parts.ids import step_id

KINDS = ("rename_schema",)

_GRANT: dict[str, LiteralString] = {
    "usage": "GRANT USAGE ON SCHEMA {schema} TO ",
    "create": "GRANT CREATE ON SCHEMA {schema} TO ",
}


def rewrite(change: Change, facts: Facts) -> Rewrite:
    """Return the steps."""
    statement = change.statement
    assert isinstance(statement, RenameSchema)
    old = statement.schema
    options = facts.live.schema_options.get(old)
    if options is None:
        note = f"The plan itself makes the schema {old}: no code knows that name."
        return as_written.in_phase(PhaseName.MIGRATE, as_written.step(change, facts), note=note)
    obstacle = next(_obstacles(change, statement, options, facts), None)
    if obstacle is not None:
        note = (
            f"Nothing can stand under the old name: {obstacle}. Old code that names {old} is right until it is gone,"
            f" and new code must name {old} until contract has run."
        )
        return as_written.in_phase(PhaseName.CONTRACT, as_written.step(change, facts), online=False, note=note)
    note = (
        f"Until contract {old} is a schema of views: old code reads and writes them as before, but not with COPY,"
        " TRUNCATE, ON CONFLICT ON CONSTRAINT, ctid or xmin."
    )
    return Rewrite(
        migrate=(_cut_over(change, statement, options, facts),),
        opening=(_drop_schema(change, statement, facts),),
        settled=PhaseName.MIGRATE,
        notes=(note,),
    )


def _cut_over(change: Change, statement: RenameSchema, options: SchemaOptions, facts: Facts) -> CutOver:
    old, new = statement.schema, statement.new
    return CutOver(
        id=step_id(change, "cut_over", None, old),
        operation=change.operation.id,
        purpose=f"give the schema {old} the name {new}, and its old name to one of views",
        sql=(statement.sql, *_second(statement, options, facts)),
        locks=locks.on(LockMode.SHARE_ROW_EXCLUSIVE, *_sequences(old, facts)),
        done_check=done.schema_exists(new),
        undo=(*_without_second(statement, facts), *(inverse.undo(statement, facts.catalog) or ())),
    )


def _drop_schema(change: Change, statement: RenameSchema, facts: Facts) -> Ddl:
    old, new = statement.schema, statement.new
    relations = [table.name for table in _tables(old, facts)]
    sequences = _sequences(old, facts)
    return Ddl(
        id=step_id(change, "drop_schema", None, old),
        operation=change.operation.id,
        purpose=f"drop the schema {old} and the views in it: all code says {new}",
        sql=tuple(_without_second(statement, facts)),
        locks=(
            *locks.on(LockMode.SHARE_ROW_EXCLUSIVE, *(_moved(name, new) for name in sequences)),
            *locks.on(LockMode.ACCESS_EXCLUSIVE, *relations, *sequences),
        ),
        done_check=done.schema_absent(old),
        reversible=False,
    )


def _second(statement: RenameSchema, options: SchemaOptions, facts: Facts) -> Iterator[str]:
    """Yield the statements that make the schema under the old name, and all in it."""
    old, new = Identifier(statement.schema), statement.new
    yield compose("CREATE SCHEMA {schema}", schema=old)
    yield compose("COMMENT ON SCHEMA {schema} IS {comment}", schema=old, comment=second_names.comment(new))
    for grant in options.grants:
        yield second_names.granted(_GRANT[grant.privilege], grant.role, grantable=grant.grantable, schema=old)
    for table in _tables(statement.schema, facts):
        yield from second_names.view(table, _moved(table.name, new), facts)
    for type_ in _types(statement.schema, facts):
        yield from second_names.domain(type_, _moved(type_, new))
    for sequence in _sequences(statement.schema, facts):
        yield from second_sequence.made(sequence, _moved(sequence, new), facts.live.sequence_options[sequence], facts)
    if options.owner not in ("", facts.catalog.user):
        yield compose("ALTER SCHEMA {schema} OWNER TO {owner}", schema=old, owner=Identifier(options.owner))


def _without_second(statement: RenameSchema, facts: Facts) -> Iterator[str]:
    """Yield the statements that take all of that away; CASCADE would take what is not ours."""
    old = statement.schema
    for sequence in _sequences(old, facts):
        options = facts.live.sequence_options[sequence]
        yield from second_sequence.joined(sequence, _moved(sequence, statement.new), options)
    yield from (second_names.drop_domain(type_) for type_ in _types(old, facts))
    yield from (second_names.drop_view(table.name) for table in _tables(old, facts))
    yield compose("DROP SCHEMA {schema}", schema=Identifier(old))


def _tables(schema: str, facts: Facts) -> list[Table]:
    return [table for name, table in sorted(facts.live.tables.items(), key=str) if name.schema == schema]


def _types(schema: str, facts: Facts) -> list[RelationName]:
    return sorted((name for name in facts.live.types if name.schema == schema), key=str)


def _sequences(schema: str, facts: Facts) -> list[RelationName]:
    owned = facts.live.sequence_owners
    return sorted((name for name in facts.live.sequences if name.schema == schema and name not in owned), key=str)


def _moved(name: RelationName, schema: str) -> RelationName:
    return RelationName(schema, name.name)


def _obstacles(change: Change, statement: RenameSchema, options: SchemaOptions, facts: Facts) -> Iterator[str]:
    """Yield why the online form is not possible, the weightiest reason first."""
    old = statement.schema
    if any(_is_about(other, old, statement.new) for other in facts.changes if other is not change):
        yield "another change of the plan is about what is in it"
    if options.functions:
        yield "it has functions, which have no second name"
    enums = [type_ for type_ in _types(old, facts) if facts.live.types[type_].kind in ("enum", "base")]
    if enums:
        yield f"a domain cannot stand for {', '.join(map(str, enums))}"
    for table in _tables(old, facts):
        if table.extension is not None:
            yield f"{table.name} is of the extension {table.extension}"
        yield from second_names.obstacles_to_view(table, facts)
    for sequence in _sequences(old, facts):
        yield from second_sequence.obstacles(facts.live.sequence_options.get(sequence), facts)


def _is_about(other: Change, *schemas: str) -> bool:
    # The relations of a statement have their schema there.
    return other.assessment.opaque or any(name in other.statement.sql for name in schemas)
