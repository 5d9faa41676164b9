"""From operations and a catalog to a plan: assess, choose, order. Pure: no connection, no clock."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import online_migrate
from online_migrate.catalog.fingerprint import fingerprint
from online_migrate.catalog.model import Catalog
from online_migrate.grammar import statements as s
from online_migrate.grammar.kinds import kind_of
from online_migrate.plan.model import Phase, PhaseName, Plan, PlannedOperation, Script, VersionTable
from online_migrate.plan.names import RelationName
from online_migrate.plan.operation import Operation
from online_migrate.plan.steps import Backfill
from online_migrate.planner.changes import in_catalog, walk
from online_migrate.planner.choose import choose, table_of
from online_migrate.planner.facts import fills, new_columns, new_tables, required
from online_migrate.planner.findings import findings
from online_migrate.planner.losses import losses
from online_migrate.planner.moves import moves, now_named
from online_migrate.planner.phases import order
from online_migrate.planner.placed import Placed
from online_migrate.planner.renamed import mentions, renamed_by, under
from online_migrate.planner.replaced import together
from online_migrate.planner.review.rules import review
from online_migrate.planner.stamp import GATE, stamp
from online_migrate.planner.touches import touches
from online_migrate.policy import Policy
from online_migrate.risk.estimate import batches
from online_migrate.risk.rates import Range
from online_migrate.risk.table import migration_type
from online_migrate.strategies.interface import Facts, Rewrite


def build(
    operations: Sequence[Operation],
    live: Catalog,
    policy: Policy,
    *,
    current: tuple[str, ...] = (),
    target: tuple[str, ...] = (),
    version_table: VersionTable | None = None,
    scripts: tuple[Script, ...] = (),
    mapped: Mapping[RelationName, frozenset[str]] | None = None,
    downgrade: bool = False,
) -> Plan:
    """Return the plan that carries out the operations on the database of that catalog.

    Args:
        operations: in the order in which Alembic (or psql) would run them.
        live: the catalog as it is now.
        policy: the settings.
        current: Alembic heads of the database now.
        target: Alembic heads after the migrate phase.
        version_table: where the heads are kept; None stamps nothing.
        scripts: the SQL files the operations come from.
        mapped: table to the columns that the models map, where there are models to ask.
        downgrade: the operations take revisions back.

    Raises:
        SqlSyntaxError: an operation is not valid PostgreSQL.
    """
    walked = tuple(walk(operations, live, policy))
    changes = tuple(w.change for w in walked)
    facts = Facts(
        catalog=live,
        live=live,
        policy=policy,
        changes=changes,
        new_tables=new_tables(changes, live),
        new_columns=new_columns(changes, live),
        fills=fills(changes, live),
        required=required(changes),
        downgrade=downgrade,
    )
    placed: list[Placed] = []
    planned: list[PlannedOperation] = []
    filled: frozenset[RelationName] = frozenset()
    named = live
    # From the first new name on, the catalog whose texts say it.
    later: Catalog | None = None
    for found in walked:
        w = found if later is None else in_catalog(found, later)
        here = replace(facts, catalog=w.catalog, live=named)
        choice = choose(w.change, here, filled)
        kind = kind_of(w.change.statement)
        touched = touches(w.change.statement, w.catalog, w.after)
        renamed = renamed_by(w.change.statement, choice.rewrite, w.catalog)
        if renamed is not None:
            touched = replace(touched, writes=touched.writes | mentions(w.catalog, renamed))
            later = under(w.after, renamed)
        elif later is not None:
            later = w.after
        placed.append(
            Placed(
                kind=kind,
                touches=touched,
                rewrite=choice.rewrite,
                moves=moves(w.change.statement, w.catalog, named),
            )
        )
        named = now_named(named, w.change.statement)
        operation = PlannedOperation(
            operation=w.change.operation,
            kind=kind,
            table=table_of(w.change.statement, here),
            assessment=w.change.assessment,
            strategy=choice.strategy,
            online=choice.rewrite.online,
            notes=choice.rewrite.notes,
            batches_s=_in_batches(choice.rewrite, w.catalog),
        )
        planned.append(_with_another_way(operation) if operation.blocking else operation)
        filled |= _filled_by(w.change.statement)
    ordered, phases = order(together(placed, [w.change.statement for w in walked]))
    phases = tuple(replace(p, steps=(GATE, *p.steps)) if _begins_behind_the_gate(p) else p for p in phases)
    if version_table is not None and current != target:
        step = stamp(version_table.name, current, target, exists=live.table(version_table.name) is not None)
        phases = tuple(replace(p, steps=(*p.steps, step)) if p.name is PhaseName.MIGRATE else p for p in phases)
    details = review(walked, live, policy, mapped=mapped)
    plan = Plan(
        engine_version=online_migrate.__version__,
        server_version=live.server_version,
        server_version_num=live.server_version_num,
        current=current,
        target=target,
        version_table=version_table,
        scripts=scripts,
        operations=tuple(sorted(planned, key=lambda o: -o.assessment.risk.severity)),
        phases=phases,
        fingerprint="",
        downgrade=downgrade,
        policy=policy,
        calibrated=live.calibrated,
        findings=(
            *findings(planned, placed, ordered),
            *(losses(changes) if downgrade else ()),
            *map(str, details),
        ),
        finding_details=details,
    )
    return replace(plan, fingerprint=fingerprint(live, plan.relations))


def _with_another_way(planned: PlannedOperation) -> PlannedOperation:
    """Say of what blocks and has no online form what to use instead."""
    row = migration_type(planned.assessment.migration_type)
    return replace(planned, notes=(*planned.notes, row.instead or f"The usual way: {row.approach}."))


def _begins_behind_the_gate(phase: Phase) -> bool:
    return phase.name is PhaseName.CONTRACT and bool(phase.steps)


def _in_batches(rewrite: Rewrite, catalog: Catalog) -> Range | None:
    steps = (*rewrite.expand, *rewrite.migrate, *rewrite.contract)
    walked = tuple(step.table for step in steps if isinstance(step, Backfill) and step.method != "whole")
    return batches(walked, catalog) if walked else None


def _filled_by(statement: s.Statement) -> frozenset[RelationName]:
    match statement:
        case s.Insert(table=table) | s.Update(table=table):
            return frozenset({table})
        case s.CreateTable(table=table, query=str()):
            return frozenset({table})
        case _:
            return frozenset()
