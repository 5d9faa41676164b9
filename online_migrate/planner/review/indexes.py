"""Indexes that a plan makes for nothing, and those that it lacks."""

from collections.abc import Iterator

from online_migrate.catalog.model import Index, Table
from online_migrate.grammar import statements as s
from online_migrate.grammar.names import index_keys, plain_keys
from online_migrate.plan.finding import Finding
from online_migrate.planner.review.whole import Whole
from online_migrate.risk.locks import has_all_but_nulls


def redundant_index(plan: Whole) -> Iterator[Finding]:
    """An index that another one serves as well: the same, or one that begins with the same keys."""
    for table in plan.touched:
        before = plan.live.table(table.name)
        known = {i.name for i in before.indexes} if before is not None else set()
        reported: set[Index] = set()
        for index in table.indexes:
            for other in table.indexes:
                new = index.name not in known or other.name not in known
                if new and other is not index and other not in reported and _serves(other, index):
                    reported.add(index)
                    yield Finding(
                        code="redundant-index",
                        what=f"The index {index.name.name} on {table.name} does nothing that {other.name.name} does"
                        " not do as well, and every write keeps it up.",
                        do=f"Drop {index.name.name}, unless its smaller size is worth that."
                        if index.name in known
                        else f"Leave {index.name.name} out.",
                        table=table.name,
                    )
                    break


def _serves(other: Index, index: Index) -> bool:
    """Whether `other` answers every query that `index` answers, and holds every rule that it holds."""
    if index.constraint is not None or index.primary or not other.valid or index.predicate != other.predicate:
        return False
    if index.method != other.method or index.included:
        return False
    keys, others = _keys(index), _keys(other)
    if not keys or not others:
        return False
    if index.unique:
        return other.unique and keys == others and index.nulls_not_distinct == other.nulls_not_distinct
    return keys == others or (index.method == "btree" and keys == others[: len(keys)])


def _keys(index: Index) -> tuple[str, ...]:
    """The keys as SQL; of a constraint's index, which says nothing but columns, as CREATE INDEX would write them."""
    if index.constraint is None and index.definition:
        return index_keys(index.definition)
    if index.method != "btree" or None in index.key_columns:
        return ()
    return plain_keys(tuple(column for column in index.key_columns if column is not None))


def foreign_key_without_index(plan: Whole) -> Iterator[Finding]:
    """Deleting or re-keying a referenced row reads the whole referencing table where no index finds its rows."""
    for table in plan.touched:
        for constraint in plan.new_constraints(table):
            if constraint.type == "foreign_key" and not _finds(table, constraint.columns):
                columns = ", ".join(constraint.columns)
                yield Finding(
                    code="foreign-key-without-index",
                    what=f"No index of {table.name} begins with {columns}, which refers to {constraint.referenced}:"
                    " each row deleted there reads this whole table.",
                    do=f"Add an index on {table.name} ({columns}), unless no row is ever deleted there.",
                    table=table.name,
                )


def _finds(table: Table, columns: tuple[str, ...]) -> bool:
    return any(
        has_all_but_nulls(i, columns)
        and i.method in ("btree", "hash")
        and set(i.key_columns[: len(columns)]) == set(columns)
        for i in table.indexes
    )


def hidden_index(plan: Whole) -> Iterator[Finding]:
    """IF NOT EXISTS is content with any index of that name: one that is invalid, or on other columns."""
    for walked in plan.walked:
        statement = walked.change.statement
        if not isinstance(statement, s.CreateIndex) or not statement.if_not_exists or statement.name is None:
            continue
        table = walked.catalog.table(statement.table)
        found = next((i for i in table.indexes if i.name.name == statement.name), None) if table is not None else None
        if found is None and not statement.concurrently:
            continue
        if found is not None and found.valid and found.key_columns == statement.key_columns:
            continue
        state = (
            "may be left invalid by an attempt that failed, and IF NOT EXISTS is content with that"
            if found is None
            else "is there and is invalid, and IF NOT EXISTS is content with that"
            if not found.valid
            else "is there on other columns, and IF NOT EXISTS is content with that"
        )
        yield Finding(
            code="if-not-exists-hides-index",
            what=f"The index {statement.name} {state}.",
            do="Leave IF NOT EXISTS out; `deploy` does, and asks the catalog for a valid index.",
            table=statement.table,
            operations=(walked.change.operation.id,),
        )
