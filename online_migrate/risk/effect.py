"""What one statement does to the database, before anyone asks how bad that is."""

from collections.abc import Iterable
from dataclasses import dataclass

from online_migrate.plan.assessment import Compatibility
from online_migrate.plan.names import Lock, RelationName


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """The facts of one statement on one catalog; `judge` makes the verdict of them.

    Attributes:
        migration_type: name of a row of the risk table.
        locks: every table, partition and view locked, strongest mode each, by name.
        rewritten: tables whose own storage is written anew.
        scanned: tables read in bulk to check or to find rows.
        indexed: tables on which an index is built from the rows, once for each index.
        keys: columns of the key of the index that is built; empty where they are not known.
        joined: tables each row of which is looked up in another.
        computed: tables for each row of which a volatile function is called.
        changed: tables of which many rows may be updated, deleted or inserted.
        deletes: the rows changed are deleted, so that no new versions are written.
        row_triggers: how many triggers, those of foreign keys among them, run for each row changed.
        emptied: tables whose storage is replaced by an empty one, which takes no time.
        notes: what people should know besides, one sentence each.
        opaque: runs code that cannot be looked into.
    """

    migration_type: str
    locks: tuple[Lock, ...] = ()
    rewritten: tuple[RelationName, ...] = ()
    scanned: tuple[RelationName, ...] = ()
    indexed: tuple[RelationName, ...] = ()
    keys: tuple[str | None, ...] = ()
    joined: tuple[RelationName, ...] = ()
    computed: tuple[RelationName, ...] = ()
    changed: tuple[RelationName, ...] = ()
    deletes: bool = False
    row_triggers: int = 0
    emptied: tuple[RelationName, ...] = ()
    compatibility: Compatibility = Compatibility.NONE
    data_loss: bool = False
    notes: tuple[str, ...] = ()
    opaque: bool = False

    @property
    def worked_on(self) -> tuple[RelationName, ...]:
        """Tables whose rows are touched in bulk, in the order first named."""
        return unique((*self.rewritten, *self.changed, *self.indexed, *self.scanned))


def unique(names: Iterable[RelationName]) -> tuple[RelationName, ...]:
    """Return the names without repetitions, in order."""
    return tuple(dict.fromkeys(names))


def sentences(*candidates: str | None) -> tuple[str, ...]:
    """Return those that apply."""
    return tuple(c for c in candidates if c)
