"""Columns and names: renames in disguise, types that will not do, columns that the models still want."""

from collections.abc import Iterator, Sequence

from online_migrate.catalog.model import Catalog
from online_migrate.catalog.type_names import canonical
from online_migrate.grammar import statements as s
from online_migrate.grammar.definitions import ColumnDefinition
from online_migrate.grammar.names import LONGEST, longest_identifiers
from online_migrate.plan.finding import Finding
from online_migrate.plan.names import RelationName
from online_migrate.planner.review.whole import Whole
from online_migrate.strategies.interface import Change


def rename_in_disguise(plan: Whole) -> Iterator[Finding]:
    """One column dropped and one of the same type added in its table, and nothing copies the values."""
    for revision, changes in plan.by_revision:
        for table, statements in _by_table(changes).items():
            live = plan.live.table(table)
            if live is None or any(isinstance(statement, s.Update) for statement in statements):
                continue
            dropped = {
                statement.column: column.type
                for statement in statements
                if isinstance(statement, s.DropColumn) and (column := live.column(statement.column)) is not None
            }
            added = {
                statement.column.name: canonical(statement.column.type, plan.live)
                for statement in statements
                if isinstance(statement, s.AddColumn)
            }
            for old, kind in dropped.items():
                alike = [new for new, other in added.items() if other == kind and new != old]
                rivals = [other for other, its in dropped.items() if its == kind]
                if len(alike) == 1 and len(rivals) == 1:
                    yield Finding(
                        code="rename-in-disguise",
                        what=f"In {revision} {table} loses {old} and gains {alike[0]}, both {kind}, and no value is"
                        " copied: if it is a rename, its values are lost.",
                        do=f"If it is one, fill {alike[0]} by an UPDATE from {old} between the two, or rename it.",
                        table=table,
                    )


def _by_table(changes: Sequence[Change]) -> dict[RelationName, list[s.TableStatement]]:
    found: dict[RelationName, list[s.TableStatement]] = {}
    for change in changes:
        if isinstance(change.statement, s.TableStatement):
            found.setdefault(change.statement.table, []).append(change.statement)
    return found


def json_column(plan: Whole) -> Iterator[Finding]:
    """The type json has no equality, so that DISTINCT, GROUP BY and UNION fail on a row that has one."""
    for change, table, column in _new_columns(plan):
        if column.type and canonical(column.type, plan.after) in ("json", "json[]"):
            yield Finding(
                code="json-not-jsonb",
                what=f"{table}.{column.name} is json, which has no equality: SELECT DISTINCT and UNION of the table's"
                " rows fail with it.",
                do="Take jsonb, unless the text must be kept as it was written.",
                table=table,
                operations=(change.operation.id,),
            )


def mismatched_foreign_key(plan: Whole) -> Iterator[Finding]:
    """An integer that refers to a wider one cannot hold all of its values."""
    widths = {"smallint": 2, "integer": 4, "bigint": 8}
    for table in plan.touched:
        for constraint in plan.new_constraints(table):
            other = plan.after.table(constraint.referenced) if constraint.referenced is not None else None
            if constraint.type != "foreign_key" or other is None:
                continue
            for name, its in zip(constraint.columns, constraint.referenced_columns, strict=False):
                mine, theirs = table.column(name), other.column(its)
                if mine is None or theirs is None:
                    continue
                if widths.get(mine.type, 8) < widths.get(theirs.type, 0):
                    yield Finding(
                        code="mismatched-foreign-key",
                        what=f"{table.name}.{name} is {mine.type} and refers to {other.name}.{its}, which is"
                        f" {theirs.type}: it cannot hold every value.",
                        do=f"Make {name} {theirs.type}.",
                        table=table.name,
                    )


def still_mapped(plan: Whole) -> Iterator[Finding]:
    """A column or table that goes while the models, as they are here, name it."""
    if plan.mapped is None:
        return
    for change in plan.changes:
        match change.statement:
            case s.DropColumn(table=table, column=column) | s.RenameColumn(table=table, column=column):
                after = plan.after.table(table)
                gone = after is not None and after.column(column) is None and column in plan.mapped.get(table, ())
                if gone:
                    yield _still_mapped(change, table, f"{table}.{column}")
            case s.DropTable(table=table) | s.RenameTable(table=table) if table in plan.mapped:
                if plan.after.table(table) is None:
                    yield _still_mapped(change, table, str(table))


def _still_mapped(change: Change, table: RelationName, what: str) -> Finding:
    goes = "renamed" if isinstance(change.statement, s.RenameColumn | s.RenameTable) else "dropped"
    return Finding(
        code="column-still-mapped",
        what=f"The models map {what}, which is {goes}: every query of the model names it and fails.",
        do="Take it out of the models, and deploy that code before the contract phase.",
        table=table,
        operations=(change.operation.id,),
    )


def identifier_too_long(plan: Whole) -> Iterator[Finding]:
    """PostgreSQL's grammar cuts longer names without an error, so that a name of just 63 bytes was likely cut."""
    said: set[str] = set()
    for change in plan.changes:
        for name in longest_identifiers(change.operation.sql):
            if name not in said:
                said.add(name)
                yield Finding(
                    code="identifier-too-long",
                    what=f"The name {name} is {LONGEST} bytes long, all that PostgreSQL keeps of one: if it was"
                    " written longer, its end is lost, and two such names may be the same.",
                    do="Give it a shorter name.",
                    operations=(change.operation.id,),
                )


def _new_columns(plan: Whole) -> Iterator[tuple[Change, RelationName, ColumnDefinition]]:
    for change in plan.changes:
        match change.statement:
            case s.AddColumn(table=table, column=column):
                yield change, table, column
            case s.CreateTable(table=table, columns=columns):
                for column in columns:
                    yield change, table, column
            case _:
                pass


def mapped_columns(
    pairs: tuple[tuple[str | None, str, str], ...], catalog: Catalog
) -> dict[RelationName, frozenset[str]]:
    """Return the columns that models map, by table; a table without schema is the one that the search_path finds."""
    found: dict[RelationName, set[str]] = {}
    for schema, table, column in pairs:
        candidates = (RelationName(s, table) for s in ((schema,) if schema else catalog.search_path))
        name = next((n for n in candidates if catalog.table(n) is not None), None)
        if name is not None:
            found.setdefault(name, set()).add(column)
    return {name: frozenset(columns) for name, columns in found.items()}
