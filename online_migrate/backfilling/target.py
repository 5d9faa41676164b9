"""What a backfill must know of its table, and when it must refuse it."""

from dataclasses import dataclass

from psycopg import Connection, RawCursor, sql
from psycopg.rows import class_row

from online_migrate.backfilling.queries import query
from online_migrate.errors import BackfillRefused
from online_migrate.plan.names import RelationName
from online_migrate.plan.steps import Backfill

BYTES_PER_ROW = 100
"""A guess for tables that were never analysed; only the progress shown depends on it."""
WHO_ESCAPES = "for all rows (it is disabled, for replicas only, or a subscription writes), so some would be missed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The table as the server has it now.

    Attributes:
        indexed: columns whose change cannot be HOT.
        columns: (name, type, "true" where NOT NULL).
    """

    relid: int
    relkind: str
    is_partition: bool
    access_method: str | None
    filenode: int | None
    blocks: int
    pages_then: int
    rows_then: float
    shared_buffers: int
    checkpoint_timeout_s: int
    replication_role: str
    row_security: bool
    silent_triggers: list[str]
    primary_key: list[str]
    indexed: list[str]
    columns: list[list[str]]

    @property
    def rows_estimate(self) -> int:
        """Rows by the statistics, scaled to the size of now."""
        if self.pages_then > 0 and self.rows_then > 0:
            return round(self.rows_then / self.pages_then * self.blocks)
        return self.blocks * 8192 // BYTES_PER_ROW

    def has(self, column: str) -> bool:
        """Whether the column is there."""
        return any(name == column for name, _, _ in self.columns)

    def type_of(self, column: str) -> sql.SQL:
        """Return the column's type for a cast, as the server writes it."""
        return sql.SQL(next(type_ for name, type_, _ in self.columns if name == column))

    def is_not_null(self, column: str) -> bool:
        """Whether the column is declared NOT NULL."""
        return any(name == column and not_null == "true" for name, _, not_null in self.columns)


def read(connection: Connection, table: RelationName) -> Target:
    """Read the table's facts.

    Raises:
        BackfillRefused: there is no such table.
    """
    found = find(connection, table)
    if found is None:
        raise BackfillRefused(
            f"There is no table {table}.",
            hint="If it was renamed, give it its name back and run the same command again; else undo the deploy with "
            "`online-migrate abort`.",
        )
    return found


def find(connection: Connection, table: RelationName) -> Target | None:
    """Read the table's facts; None where there is no such table."""
    with RawCursor(connection, row_factory=class_row(Target)) as typed:
        return typed.execute(query("target"), [table.schema, table.name]).fetchone()


def refuse(step: Backfill, target: Target) -> None:
    """Refuse where the argument that no row is missed, or none is changed twice, does not hold.

    Raises:
        BackfillRefused: says what breaks it.
    """
    for broken, why in _objections(step, target):
        if broken:
            raise BackfillRefused(f"{step.table} cannot be backfilled: {why}.")


def _objections(step: Backfill, target: Target) -> list[tuple[bool, str]]:
    nullable = [column for column in step.key if not target.is_not_null(column)]
    both = sorted(set(step.key) & set(step.columns))
    stripes, keyset = step.method == "stripes", step.method == "keyset"
    walked = stripes or keyset
    return [
        (walked and target.relkind == "f", "it is a foreign table, whose rows are not under this server's control"),
        (walked and target.relkind not in ("r", "p", "f"), "it is not a table"),
        (stripes and target.relkind == "p", "it is partitioned; each partition must be walked for itself"),
        (stripes and target.access_method not in (None, "heap"), f"its access method is {target.access_method}"),
        (target.row_security, "row security hides rows from this role; use one with BYPASSRLS"),
        (
            bool(target.silent_triggers),
            f"its fill trigger {', '.join(target.silent_triggers)} does not fire {WHO_ESCAPES}",
        ),
        (
            target.replication_role == "replica" and not step.silent,
            "session_replication_role is replica, so triggers do not fire for its changes",
        ),
        (keyset and not step.key, "no key is named to walk it by"),
        (keyset and bool(nullable), f"key column {', '.join(nullable)} may be NULL, and such rows would be missed"),
        (bool(both), f"the change assigns its own key column {', '.join(both)}"),
        (step.keeps_before_image and not step.key, "no key is named to keep its old values by"),
    ]
