"""docs/strategies.md, made by planning statements: `python -m tests.risk.strategies_page > docs/strategies.md`."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import psycopg

from online_migrate.catalog.model import Catalog
from online_migrate.catalog.read import read
from online_migrate.embedded import Server
from online_migrate.plan.assessment import Compatibility
from online_migrate.plan.model import Phase, Plan, PlannedOperation
from online_migrate.plan.operation import Operation
from online_migrate.plan.steps import Backfill, Gate
from online_migrate.planner.build import build
from online_migrate.policy import Policy
from online_migrate.risk.table import risk_table
from tests.risk.observe import HERE, forms

OPERATIONS = HERE.parents[1] / "docs" / "operations.md"
VERSION = 18
_ROWS = 10_000_000
_BYTES = 100 * _ROWS
# Of the rows of the risk table that neither operations.md nor forms.sql has: they cannot be run in a transaction, or
# name what no test server has.
_MORE = (
    "ALTER TABLE bare SET TABLESPACE fast",
    "ALTER TABLE bare SET ACCESS METHOD columnar",
    "VACUUM FULL account",
    "VACUUM account",
    "DROP INDEX CONCURRENTLY account_nick",
    "REINDEX TABLE CONCURRENTLY account",
    "ALTER TABLE measure DETACH PARTITION measure_1 CONCURRENTLY",
    "ALTER TABLE account ALTER CONSTRAINT other_known ENFORCED",
)
_INTRODUCTION = """\
# How each operation is run online

What the planner makes of a statement of each kind on PostgreSQL 18, every table holding ten million rows (on a small
one a statement that breaks no running code is run as it is). The statements are those of
[operations.md](operations.md), on the schema `tests/risk/schema.sql`; then those of the other rows of the
[risk table](risk-table.md). Made by `python -m tests.risk.strategies_page`; a test holds it against the planner.

*As written* is what needs no other form: it is over in a moment, waits for nobody longer than the lock budget, and
breaks no code that runs then. **No online form**: `deploy` refuses it on a table where it takes longer than the lock
budget, unless it is [allowed](deploying.md#what-has-no-online-form), and says what to use instead.
"""
_BREAKS = {
    Compatibility.BREAKS_OLD_CODE: "breaks old code",
    Compatibility.BREAKS_NEW_CODE: "breaks new code",
    Compatibility.BREAKS_BOTH: "breaks old and new code",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A statement, what it is called, and the plan that carries it out."""

    name: str
    statement: str
    plan: Plan

    @property
    def planned(self) -> PlannedOperation:
        return self.plan.operations[0]


def listed() -> Iterator[tuple[str, str]]:
    """Yield number and name, and the statement, of the operations of operations.md that have one."""
    for line in OPERATIONS.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0].isdigit() and cells[2]:
            yield f"{cells[0]}. {cells[1]}", cells[2].strip("`")


def examples(catalog: Catalog) -> tuple[tuple[Example, ...], tuple[Example, ...]]:
    """Return the operations of operations.md, and one for each row of the risk table that they leave out."""
    large = _large(catalog)
    first = tuple(Example(name=name, statement=sql, plan=_plan(sql, large)) for name, sql in listed())
    by_type = {e.planned.assessment.migration_type: e for e in first}
    for statement in (*_MORE, *forms(VERSION)):
        plan = _plan(statement, large)
        if plan.operations:
            name = plan.operations[0].assessment.migration_type
            by_type.setdefault(name, Example(name=name, statement=statement, plan=plan))
    rest = (by_type[row.name] for row in risk_table() if row.name in by_type)
    return first, tuple(example for example in rest if example not in first)


def document(catalog: Catalog) -> str:
    """Return the whole page."""
    first, rest = examples(catalog)
    parts = [_INTRODUCTION, "## Operations\n", *_table(first), "", "## Other migration types\n", *_table(rest)]
    return "\n".join(parts) + "\n"


def _large(catalog: Catalog) -> Catalog:
    tables = {
        name: replace(table, bytes=_BYTES, total_bytes=2 * _BYTES, rows=float(_ROWS), live_rows=_ROWS)
        if table.kind in ("r", "m")
        else table
        for name, table in catalog.tables.items()
    }
    return replace(catalog, tables=tables)


def _plan(statement: str, catalog: Catalog) -> Plan:
    operation = Operation(id="1", revision="1", source=None, directive=None, sql=statement, search_path=("public",))
    return build((operation,), catalog, Policy())


def _table(found: Iterable[Example]) -> Iterator[str]:
    yield "| Operation | Run naively | Online steps | What remains |"
    yield "|---|---|---|---|"
    for example in found:
        cells = (f"{example.name}<br>`{example.statement}`", _naive(example), _steps(example), _remains(example))
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _naive(example: Example) -> str:
    assessment = example.planned.assessment
    strongest = max((lock.mode for lock in assessment.locks), key=lambda mode: mode.strength, default=None)
    blocks = strongest.blocks if strongest is not None else "nothing"
    work = "rewrites" if assessment.rewrites else "scans" if assessment.scans else "for a moment"
    words = [
        f"{assessment.risk.value.replace('_', ' ')}: blocks {blocks}" + (f", {work}" if blocks != "nothing" else "")
    ]
    words += [_BREAKS[assessment.compatibility]] if assessment.compatibility in _BREAKS else []
    words += ["loses data"] if assessment.data_loss else []
    return "; ".join(words)


def _steps(example: Example) -> str:
    planned = example.planned
    if planned.blocking:
        return "**No online form**"
    if planned.strategy == "already":
        return "Nothing to do: it is so already"
    phases = [phase for phase in example.plan.phases if any(not isinstance(step, Gate) for step in phase.steps)]
    if planned.strategy == "as_written" or not planned.online:
        where = ", ".join(phase.name.value for phase in phases)
        return f"As written ({where})" if planned.online else f"**As written, not online** ({where})"
    return "<br>".join(map(_phase, phases))


def _phase(phase: Phase) -> str:
    purposes = dict.fromkeys(step.purpose for step in phase.steps if not isinstance(step, Gate))
    return f"*{phase.name.value}*: {'; '.join(purposes)}"


def _remains(example: Example) -> str:
    planned = example.planned
    if planned.blocking:
        return " ".join(planned.notes)
    steps = [step for phase in example.plan.phases for step in phase.steps]
    blocked = {lock.mode.blocks for step in steps for lock in step.locks if not isinstance(step, Backfill)}
    words = []
    for what in ("reads and writes", "writes"):
        if what in blocked:
            words.append(f"{what} wait for moments")
            break
    words += ["rows wait for their batch"] if any(isinstance(step, Backfill) for step in steps) else []
    words += ["what is dropped is gone"] if planned.assessment.data_loss else []
    sentence = "; ".join(words) or "nothing"
    # "Nothing." and then a note would contradict each other.
    notes = planned.notes
    return " ".join(notes if notes and not words else (f"{sentence[0].upper()}{sentence[1:]}.", *notes))


def main() -> None:
    """Print the page, as the embedded server has it."""
    with (
        Server.start() as server,
        psycopg.connect(server.create_database("strategies"), autocommit=True) as connection,
    ):
        connection.execute("SET timezone = 'UTC'")
        connection.execute((HERE / "schema.sql").read_bytes())
        print(document(read(connection)), end="")


if __name__ == "__main__":
    main()
