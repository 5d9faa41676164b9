"""Steps: the smallest unit that is run, journaled, resumed and undone. A closed set.

A strategy only composes these. Each is frozen data: no connection, no callable.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

from online_migrate.plan.names import Lock, RelationName

OWN_WRITES = "online_migrate.own_writes"
"""Setting that is "on" (SET LOCAL) in the engine's own transactions: fill triggers are for the application's rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepBase:
    """What every step has.

    Attributes:
        id: stable within a plan, "<table>.<column>:<verb>" or the like; the journal's key.
        operation: id of the operation it serves, None for the engine's own (alembic_version).
        purpose: one line for people, imperative ("add the column without its default").
        sql: the exact statements, in order; names qualified.
        locks: every relation it locks, with the strongest mode.
        search_path: set (SET LOCAL where there is a transaction) before the statements run.
        done_check: a SELECT that returns one boolean: whether the catalog says the step is done.
            None where only the journal can know.
        undo: statements that put things back, in order; empty where nothing needs undoing.
        reversible: False where what the step changes cannot be put back (abort says so before).
    """

    kind: ClassVar[str]
    transactional: ClassVar[bool]

    id: str
    operation: str | None
    purpose: str
    sql: tuple[str, ...]
    locks: tuple[Lock, ...] = ()
    search_path: tuple[str, ...] = ()
    done_check: str | None = None
    undo: tuple[str, ...] = ()
    reversible: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Ddl(StepBase):
    """Statements in one transaction under the lock policy, journal row in the same one.

    Attributes:
        brief: it is done in a moment whatever the size, so the policy's statement timeout holds for it.
            False where it takes its time: it stops nobody's reads or writes, or it is the naive form of
            what has no online form yet, and the plan says so.
        aside: the name under which it keeps the table that the operation drops; None for other steps.
    """

    kind: ClassVar[str] = "ddl"
    transactional: ClassVar[bool] = True

    brief: bool = True
    aside: RelationName | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexShape:
    """By what an index is told from another of the same name.

    Attributes:
        columns: of the key, None for an expression.
        include: the columns that it has beside the key.
        partial: it has a WHERE.
    """

    table: RelationName
    columns: tuple[str | None, ...]
    include: tuple[str, ...] = ()
    method: str = "btree"
    unique: bool = False
    partial: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcurrentDdl(StepBase):
    """One statement outside a transaction (CREATE or DROP INDEX CONCURRENTLY, ADD VALUE and the like).

    Attributes:
        index: the index it builds, whose `indisvalid` is verified and whose invalid leftovers are
            cleared before a new try; None for other statements.
        shape: of that index: one of its name that looks otherwise is somebody else's, and left alone. None in plans
            of earlier versions, which take any for theirs.
        rebuilds: the indexes it builds anew beside themselves, whose copies of an interrupted try are cleared.
    """

    kind: ClassVar[str] = "concurrent_ddl"
    transactional: ClassVar[bool] = False

    index: RelationName | None = None
    shape: IndexShape | None = None
    rebuilds: tuple[RelationName, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Validate(StepBase):
    """VALIDATE CONSTRAINT in a transaction of its own: SHARE UPDATE EXCLUSIVE, may take hours."""

    kind: ClassVar[str] = "validate"
    transactional: ClassVar[bool] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfill(StepBase):
    """A batched change of rows; data and progress commit together.

    Attributes:
        table: the table (a leaf, for a partitioned one) whose rows are walked: they change, or are copied.
        change: what is done with them: "update", "delete", or "insert" (each gives rows of another table).
        method: "stripes" (ctid windows, idempotent changes only), "keyset" (ascending unique key, each
            row exactly once), "whole" (one statement, as written).
        update: the statement of one batch (a DELETE or INSERT where `change` says so), with the batch's bounds as $
            parameters.
            stripes: $1::tid <= ctid < $2::tid and stripe number = $3; where there is `update_again`, and last
            written before transaction $4::xid.
            keyset: key > ($1..$n) and key <= ($n+1..$2n); the first batch starts at the least key.
            whole: no parameters.
        update_from_start: keyset only: the same with no lower bound, $1..$n the upper one.
        update_again: stripes only: the same for passes after the first, which looks at what rows hold; None where
            `update` does.
        key: columns of the unique key walked (keyset, and before-images).
        stripes: how many stripes a page is cut into.
        remaining: SELECT count(*) of rows still to change; 0 proves completeness. None where the change
            is not idempotent and only the cursor knows.
        columns: those whose values change; of "delete" those that a row is put back with, beside its key.
        keeps_before_image: old values (of "delete" whole rows) are kept in the journal so that abort can put them back.
        beside: further columns that the application's triggers may change with these; kept and put back too, silently.
        silent: the application's triggers do not fire for it (session_replication_role, in each transaction):
            it changes nothing that the application can see.
        root: the partitioned table that it is the last leaf of: leaves attached to it after planning, those not in
            `leaves`, are walked after it. None for other tables.
        leaves: the leaves that have steps of their own.
        function: where the new values are computed by Python, "<revision>:<name>" of the function. `update` (and
            `update_from_start`) then reads a batch and locks it: ctid as text, then `reads`.
        reads: the columns that the function is given.
        write: writes one row of a computed batch: $1..$n are the values of `columns`, $n+1 is the ctid.
    """

    kind: ClassVar[str] = "backfill"
    transactional: ClassVar[bool] = True

    table: RelationName
    method: Literal["stripes", "keyset", "whole"]
    update: str
    change: Literal["update", "delete", "insert"] = "update"
    update_from_start: str | None = None
    update_again: str | None = None
    key: tuple[str, ...] = ()
    stripes: int = 16
    remaining: str | None = None
    columns: tuple[str, ...] = ()
    keeps_before_image: bool = False
    beside: tuple[str, ...] = ()
    silent: bool = False
    root: RelationName | None = None
    leaves: tuple[RelationName, ...] = ()
    function: str | None = None
    reads: tuple[str, ...] = ()
    write: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CutOver(StepBase):
    """A short transaction that swaps names under lock, all or nothing."""

    kind: ClassVar[str] = "cut_over"
    transactional: ClassVar[bool] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate(StepBase):
    """Waits for a person: the application is deployed here."""

    kind: ClassVar[str] = "gate"
    transactional: ClassVar[bool] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRevision(StepBase):
    """Python in a revision that cannot be turned into operations, run as it is under guard rails.

    Attributes:
        revision: the Alembic revision whose upgrade() is run.
        downgrade: its downgrade() is run instead.
    """

    kind: ClassVar[str] = "run_revision"
    transactional: ClassVar[bool] = True

    revision: str
    downgrade: bool = False


Step = Ddl | ConcurrentDdl | Validate | Backfill | CutOver | Gate | RunRevision
