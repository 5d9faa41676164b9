"""What the statements of one revision do to each other when `alembic upgrade` runs them in one transaction."""

from collections import defaultdict
from collections.abc import Iterator

from online_migrate.grammar import statements as s
from online_migrate.grammar.kinds import kind_of
from online_migrate.plan.finding import Finding
from online_migrate.plan.names import LockMode, RelationName
from online_migrate.planner.review.whole import Whole
from online_migrate.strategies.interface import Change

OFTEN = 3
"""Statements in a row that lock a table against everything before it is worth saying."""


def locked_repeatedly(plan: Whole) -> Iterator[Finding]:
    """Several short ALTER TABLEs of one table, which one statement could do at once."""
    for revision, changes in plan.by_revision:
        by_table: dict[RelationName, list[Change]] = defaultdict(list)
        for change in changes:
            if _is_short_alter(change, plan):
                by_table[change.statement.table].append(change)  # type: ignore[attr-defined]
        for table, found in by_table.items():
            times = len({_statement(change) for change in found})
            if times >= OFTEN:
                yield Finding(
                    code="table-locked-repeatedly",
                    what=f"{table} is locked against reads and writes {times} times in {revision}.",
                    do="One ALTER TABLE (op.batch_alter_table) takes the lock once for all of it.",
                    table=table,
                    operations=_ids(found),
                )


def several_foreign_keys(plan: Whole) -> Iterator[Finding]:
    """Foreign keys lock both sides; several in one transaction collect locks that deadlock with other orders."""
    for revision, changes in plan.by_revision:
        adding = [c for c in changes if _adds_foreign_key(c.statement)]
        order = dict.fromkeys(
            lock.relation
            for change in adding
            for lock in change.assessment.locks
            if lock.mode.blocks != "nothing" and plan.live.table(lock.relation) is not None
        )
        if len(adding) > 1 and len(order) > 1:
            yield Finding(
                code="several-foreign-keys",
                what=f"{len(adding)} foreign keys are added in {revision}; in one transaction they lock"
                f" {_listed([str(n) for n in order])} one after another, and deadlock with code that uses these"
                " tables in another order.",
                do="Give each a revision of its own, or let `deploy` add each in a transaction of its own.",
                operations=_ids(adding),
            )


def scan_after_lock(plan: Whole) -> Iterator[Finding]:
    """Long work in a transaction that already keeps everybody off another statement's table."""
    for revision, changes in plan.by_revision:
        locked: dict[RelationName, tuple[Change, str]] = {}
        for change in changes:
            lasts = change.assessment.estimate_s[1] * 1000 > plan.policy.lock_budget_ms
            bulk = change.assessment.rewrites or change.assessment.scans
            if locked and bulk and lasts and not _is_concurrent(change.statement):
                table, (first, against) = next(iter(locked.items()))
                yield Finding(
                    code="scan-after-lock",
                    what=f"In {revision} {_words(first)} locks {table} against {against}, and"
                    f" {_words(change)} then reads or writes many rows: in one transaction the lock is kept all the"
                    " while.",
                    do="Put them into two revisions, or let `deploy` run each in a transaction of its own.",
                    table=table,
                    operations=_ids([first, change]),
                )
                break
            for lock in change.assessment.locks:
                if "writes" in lock.mode.blocks and plan.live.table(lock.relation) is not None:
                    locked.setdefault(lock.relation, (change, lock.mode.blocks))


def _statement(change: Change) -> object:
    """What tells one statement from another: the subcommands of an ALTER TABLE are several changes of one line."""
    operation = change.operation
    raw = operation.directive in (None, "execute") and operation.source is not None
    return operation.source if raw else operation.id


def _is_short_alter(change: Change, plan: Whole) -> bool:
    statement, assessment = change.statement, change.assessment
    if not isinstance(statement, s.TableStatement) or plan.live.table(statement.table) is None:
        return False
    if isinstance(statement, s.CreateIndex | s.CreateTrigger | s.RenameColumn | s.RenameConstraint | s.RenameTable):
        return False
    exclusive = any(k.relation == statement.table and k.mode is LockMode.ACCESS_EXCLUSIVE for k in assessment.locks)
    return exclusive and not assessment.rewrites and not assessment.scans


def _adds_foreign_key(statement: s.Statement) -> bool:
    match statement:
        case s.AddConstraint(constraint=constraint):
            return constraint.type == "foreign_key"
        case s.AddColumn(column=column):
            return any(c.type == "foreign_key" for c in column.constraints)
        case s.CreateTable(constraints=constraints, columns=columns):
            inline = (c for column in columns for c in column.constraints)
            return any(c.type == "foreign_key" for c in (*constraints, *inline))
        case _:
            return False


def _is_concurrent(statement: s.Statement) -> bool:
    return isinstance(statement, s.CreateIndex | s.DropIndex | s.Reindex) and statement.concurrently


def _words(change: Change) -> str:
    return kind_of(change.statement).replace("_", " ")


def _ids(changes: list[Change]) -> tuple[str, ...]:
    return tuple(change.operation.id for change in changes)


def _listed(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"
