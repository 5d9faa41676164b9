"""Something to know about a plan as a whole, which no single operation says."""

from dataclasses import dataclass

from online_migrate.plan.names import RelationName

REFUSED = "refused-by-postgresql"
"""Code of a finding that makes `deploy` refuse the plan: as it is written, it cannot succeed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding.

    Attributes:
        code: words joined by hyphens, "foreign-key-without-index"; docs/checking.md lists them.
        what: a sentence that says what is so.
        do: a sentence that says what to do.
        table: the one it is about, if it is about one.
        operations: ids of the operations that make it so.
    """

    code: str
    what: str
    do: str
    table: RelationName | None = None
    operations: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.what} {self.do}"
