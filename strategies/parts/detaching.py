"""A partition that leaves its table beside the table's readers and writers."""

from online_migrate.catalog.model import Catalog, Table
from online_migrate.grammar import analysis
from online_migrate.grammar import bounds as grammar
from online_migrate.grammar.compose import Expression, compose, compose_expression
from online_migrate.grammar.definitions import Constraint
from online_migrate.grammar.statements import AlterTableOther
from online_migrate.plan.names import LockMode, RelationName
from online_migrate.plan.steps import ConcurrentDdl, Ddl, Step
from online_migrate.risk import partitions, tables
from online_migrate.strategies.interface import Change, Facts
from online_migrate.strategies.parts import alter_table, done, locks, naming
from online_migrate.strategies.parts.ids import step_id


def detach(change: Change, facts: Facts, child: RelationName) -> tuple[Step, ...] | None:
    """Return the steps of DETACH PARTITION CONCURRENTLY; None where PostgreSQL has no such form.

    It has none beside a DEFAULT partition, and none for partitions whose key is no plain columns here: it leaves a
    CHECK that repeats the bounds, which is dropped after it, and whose name follows from the columns of the key.
    """
    catalog = facts.catalog
    table = catalog.table(child)
    parent = catalog.table(table.parent) if table is not None and table.parent is not None else None
    if table is None or parent is None or table.kind != "r" or table.partition_bound is None:
        return None
    proof = _proof(catalog, parent, table)
    if proof is None or tables.default_partition(parent, catalog) is not None:
        return None
    name, expression = proof
    template = "ALTER TABLE {parent} DETACH PARTITION {child} CONCURRENTLY"
    statement = compose(template, parent=parent.name, child=child)
    concurrently = AlterTableOther(
        sql=statement, table=parent.name, subcommand="DetachPartition", other=child, concurrent=True
    )
    return (
        ConcurrentDdl(
            id=step_id(change, "detach", child),
            operation=change.operation.id,
            purpose=f"detach {child} from {parent.name} beside its readers and writers",
            sql=(statement,),
            locks=partitions.detach(concurrently, catalog).locks,
            done_check=done.partition_detached(child),
            undo=(
                grammar.attaching(parent.name, child, table.partition_bound),
                alter_table.drop_constraint(child, name),
            ),
        ),
        Ddl(
            id=step_id(change, "drop_proof", child),
            operation=change.operation.id,
            purpose=f"drop the CHECK {name} that DETACH left on {child}",
            sql=(alter_table.drop_constraint(child, name),),
            locks=locks.on(LockMode.ACCESS_EXCLUSIVE, child),
            done_check=done.constraint_absent(child, name),
            # With it the rows need not be read to attach the partition again.
            undo=(alter_table.add_check(child, name, expression),),
            brief=False,
        ),
    )


def _proof(catalog: Catalog, parent: Table, child: Table) -> tuple[str, str] | None:
    """Return name and expression of the CHECK that DETACH leaves."""
    expression: str | None = None
    above: Table | None = parent
    below = child
    while above is not None:
        types = {column.name: column.type for column in above.columns}
        inside = grammar.belonging(below.partition_bound or grammar.DEFAULT, above.partition_key or "", types)
        if inside is None:
            return None
        template = "{inside} AND {expression}"
        expression = (
            inside
            if expression is None
            else compose_expression(template, inside=Expression(inside), expression=Expression(expression))
        )
        below = above
        above = catalog.table(above.parent) if above.parent is not None else None
    assert expression is not None
    columns = analysis.columns(expression)
    check = Constraint(type="check", name=None, columns=columns, definition="", expression=expression)
    return naming.of_constraint(catalog, child.name, check), expression
