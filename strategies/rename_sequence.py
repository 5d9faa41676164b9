"""ALTER SEQUENCE ... RENAME TO, and ... SET SCHEMA.

Naive risk: quick, but ACCESS EXCLUSIVE waits for every transaction that took a number; from that moment nextval() of
old code fails, and that of new code until then. Columns whose default or identity it is go on.

Steps. Migrate: in one short transaction the sequence moves, and a second one takes its old name; each of the two counts
in steps twice as wide, one the odd numbers and one the even, so that no number is given out twice. Contract begins with
the sequence going on from the larger of the two, in its own steps; the second is dropped.

Locks: ACCESS EXCLUSIVE for a moment on the sequence; later SHARE ROW EXCLUSIVE on both, for which nextval() waits.

Old and new code: nextval(), currval() and setval() under either name; numbers have gaps until contract.

Preconditions: a sequence that is there now and does not go round (CYCLE), and no other change of the plan names it,
takes numbers from it, or changes what its column is. Any other is run as written.

Undo: until contract, the second goes, and the sequence gets its steps and its name back.

PostgreSQL: 14 to 18; https://www.postgresql.org/docs/current/sql-altersequence.html.
"""

from collections.abc import Iterator

from online_migrate.catalog.model import SequenceOptions
from online_migrate.grammar import statements as s
from online_migrate.plan.model import PhaseName
from online_migrate.plan.names import LockMode, RelationName
from online_migrate.plan.steps import CutOver, Ddl
from online_migrate.strategies.interface import Change, Facts, Rewrite
from online_migrate.strategies.parts import as_written, done, inverse, locks, second_sequence
from online_migrate.strategies.parts.ids import step_id

KINDS = ("rename_sequence",)


def rewrite(change: Change, facts: Facts) -> Rewrite:
    """Return the steps."""
    statement = change.statement
    assert isinstance(statement, s.RenameSequence)
    old = statement.sequence
    options = facts.live.sequence_options.get(old)
    if old not in facts.live.sequences:
        note = f"The plan itself makes {old}: no code knows that name."
        return as_written.in_phase(PhaseName.MIGRATE, as_written.step(change, facts), note=note)
    obstacle = next(_obstacles(change, statement, options, facts), None)
    if obstacle is not None or options is None:
        note = f"No second sequence can stand under the old name: {obstacle}."
        return as_written.as_written(change, facts, PhaseName.MIGRATE, note=note)
    note = f"Until contract {old} is a sequence beside it: code takes numbers under either name, with gaps."
    return Rewrite(
        migrate=(_cut_over(change, statement, options, facts),),
        opening=(_join(change, statement, options),),
        settled=PhaseName.MIGRATE,
        notes=(note,),
    )


def _cut_over(change: Change, statement: s.RenameSequence, options: SequenceOptions, facts: Facts) -> CutOver:
    old, new = statement.sequence, statement.new
    return CutOver(
        id=step_id(change, "cut_over", old),
        operation=change.operation.id,
        purpose=f"give {old} the name {new}, and its old name to a second sequence",
        sql=(statement.sql, *second_sequence.made(old, new, options, facts)),
        search_path=change.operation.search_path,
        locks=change.assessment.locks,
        done_check=done.relation_exists(new),
        undo=(*second_sequence.joined(old, new, options), *(inverse.undo(statement, facts.catalog) or ())),
    )


def _join(change: Change, statement: s.RenameSequence, options: SequenceOptions) -> Ddl:
    old, new = statement.sequence, statement.new
    return Ddl(
        id=step_id(change, "join_sequences", old),
        operation=change.operation.id,
        purpose=f"drop the sequence {old}: all code says {new}, which goes on from the last number of both",
        sql=tuple(second_sequence.joined(old, new, options)),
        locks=(
            *locks.on(LockMode.SHARE_ROW_EXCLUSIVE, new),
            *locks.on(LockMode.ACCESS_EXCLUSIVE, old),
        ),
        done_check=done.relation_absent(old),
        reversible=False,
    )


def _obstacles(
    change: Change, statement: s.RenameSequence, options: SequenceOptions | None, facts: Facts
) -> Iterator[str]:
    """Yield why the online form is not possible, the weightiest reason first."""
    yield from second_sequence.obstacles(options, facts)
    owner = facts.catalog.sequence_owners.get(statement.sequence)
    others = (other for other in facts.changes if other is not change)
    if any(_is_about(other, statement, owner) for other in others):
        yield "another change of the plan names it, takes numbers from it, or changes its column"


def _is_about(other: Change, statement: s.RenameSequence, owner: tuple[RelationName, str] | None) -> bool:
    found = other.statement
    if other.assessment.opaque or any(name.name in found.sql for name in (statement.sequence, statement.new)):
        return True
    match found:
        case s.Insert(table=table) if owner is not None:
            return table == owner[0]
        case s.AlterType(table=table, column=column) | s.AlterTableOther(table=table, column=column):
            return (table, column) == owner
        case _:
            return False
