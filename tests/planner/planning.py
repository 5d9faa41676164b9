"""Plans made without a database: the catalog is what a few statements leave."""

from collections.abc import Sequence
from dataclasses import replace

from online_migrate.catalog.evolve import apply
from online_migrate.catalog.model import Catalog
from online_migrate.catalog.resolve import resolver
from online_migrate.grammar.read import read
from online_migrate.plan.model import Plan, PlannedOperation, VersionTable
from online_migrate.plan.names import RelationName
from online_migrate.plan.operation import Operation, Source
from online_migrate.planner.build import build
from online_migrate.policy import Policy

ONLINE = Policy(small_tables_as_written=False)
BIG = 200 * 1024 * 1024


def catalog_of(*statements: str, table_bytes: int = BIG) -> Catalog:
    """Return the catalog that statements leave, every table as large as said."""
    catalog = Catalog(server_version="18.6", server_version_num=180006)
    for statement in statements:
        catalog = apply(catalog, read(statement, resolver(catalog, ("public",))))
    tables = {
        name: replace(table, bytes=table_bytes, total_bytes=2 * table_bytes, rows=table_bytes / 100)
        for name, table in catalog.tables.items()
    }
    return replace(catalog, tables=tables)


def plan_of(catalog: Catalog, *statements: str, policy: Policy = ONLINE, revisions: Sequence[str] = ("r1",)) -> Plan:
    """Return the plan of some statements, all of one revision that follows "r0"."""
    operations = tuple(
        Operation(
            id=f"{revisions[-1]}:{number}",
            revision=revisions[-1],
            source=Source(file="versions/r1.py", line=number),
            directive="execute",
            sql=statement,
            search_path=("public",),
        )
        for number, statement in enumerate(statements, 1)
    )
    return build(
        operations,
        catalog,
        policy,
        current=("r0",),
        target=(revisions[-1],),
        version_table=VersionTable(name=RelationName("public", "alembic_version")),
    )


def in_order(plan: Plan) -> list[PlannedOperation]:
    """Return the operations in the user's order; the plan has the riskiest first."""
    return sorted(plan.operations, key=lambda o: int(o.operation.id.rpartition(":")[2]))


def phases_by_operation(plan: Plan) -> list[str]:
    """Return for each operation the phases in which it has steps, such as "expand+contract"."""
    return [
        "+".join(phase.name.value for phase in plan.phases if any(s.operation == o.operation.id for s in phase.steps))
        for o in in_order(plan)
    ]
