"""What a person has allowed, and why: the verdict stays as it is, but a check does not fail for it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from online_migrate.plan.model import PlannedOperation


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """An allowance for some operations.

    Attributes:
        kind: an operation's kind or its migration type, words joined by hyphens: "drop-column", "set-not-null".
        reason: why it is safe here; never empty.
        place: where it stands, for people: "pyproject.toml" or "versions/a1.py:12".
        table: only operations on it, "schema.name" or "name"; None is any.
        revision: only operations of it; None is any.
        file: only operations of this file, as `Source.file` names it; None is any.
        lines: only operations that begin on one of these lines, first and last; None is any.
        expires: the last day on which it counts; None is for ever.
    """

    kind: str
    reason: str
    place: str
    table: str | None = None
    revision: str | None = None
    file: str | None = None
    lines: tuple[int, int] | None = None
    expires: date | None = None

    def covers(self, planned: PlannedOperation) -> bool:
        """Whether an operation is one of those it allows, whatever the day."""
        source = planned.operation.source
        if self.kind not in (hyphenated(planned.kind), hyphenated(planned.assessment.migration_type)):
            return False
        if self.table is not None and (
            planned.table is None or self.table not in (str(planned.table), planned.table.name)
        ):
            return False
        if self.revision is not None and self.revision != planned.operation.revision:
            return False
        if self.file is not None and (source is None or source.file != self.file):
            return False
        return self.lines is None or (source is not None and self.lines[0] <= source.line <= self.lines[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What overrides do to some operations.

    Attributes:
        by_operation: id of an allowed operation to the first override that allows it.
        unused: overrides that no operation needs.
        expired: overrides whose day has passed; they allow nothing.
    """

    by_operation: Mapping[str, Override]
    unused: tuple[Override, ...]
    expired: tuple[Override, ...]


NOTHING_ALLOWED = Allowed(by_operation={}, unused=(), expired=())


def allow(operations: Iterable[PlannedOperation], overrides: Iterable[Override], today: date) -> Allowed:
    """Return which operations are allowed today, and which overrides are of no use.

    An override of the configuration that names a revision which is not among the operations is not unused: its
    revision was deployed, or is not asked for.
    """
    given, planned = tuple(overrides), tuple(operations)
    expired = tuple(o for o in given if o.expires is not None and o.expires < today)
    current = [o for o in given if o not in expired]
    by_operation: dict[str, Override] = {}
    used: set[int] = set()
    for operation in planned:
        covering = [at for at, override in enumerate(current) if override.covers(operation)]
        used.update(covering)
        if covering:
            by_operation[operation.operation.id] = current[covering[0]]
    revisions = {o.operation.revision for o in planned}
    unused = tuple(
        o for at, o in enumerate(current) if at not in used and (o.revision is None or o.revision in revisions)
    )
    return Allowed(by_operation=by_operation, unused=unused, expired=expired)


def hyphenated(words: str) -> str:
    """Return "Drop Column" and "drop_column" as overrides write them, "drop-column"."""
    return words.lower().replace("_", "-").replace(" ", "-")
