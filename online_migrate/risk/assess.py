"""The verdict on one statement: what PostgreSQL does for it on this catalog, and how risky that is. Pure."""

from collections.abc import Callable
from typing import Any

from online_migrate.catalog.evolve import apply
from online_migrate.catalog.model import Catalog
from online_migrate.grammar import statements as s
from online_migrate.plan.assessment import Assessment, Compatibility, Risk
from online_migrate.plan.operation import Operation
from online_migrate.policy import Policy
from online_migrate.risk import (
    alter_type,
    blocks,
    columns,
    composite,
    constraints,
    indexes,
    objects,
    other,
    rows,
    subcommands,
    tables,
)
from online_migrate.risk.calls import called
from online_migrate.risk.effect import Effect
from online_migrate.risk.judge import judge

EFFECTS: dict[type[s.Statement], Callable[[Any, Catalog], Effect]] = {
    s.DropColumn: columns.drop_column,
    s.SetDefault: columns.set_default,
    s.DropDefault: columns.drop_default,
    s.SetNotNull: columns.set_not_null,
    s.DropNotNull: columns.drop_not_null,
    s.RenameColumn: columns.rename_column,
    s.AlterType: alter_type.alter_type,
    s.AlterTableOther: subcommands.alter_table,
    s.AddConstraint: constraints.add_constraint,
    s.DropConstraint: constraints.drop_constraint,
    s.ValidateConstraint: constraints.validate_constraint,
    s.RenameConstraint: constraints.rename_constraint,
    s.CreateIndex: indexes.create_index,
    s.DropIndex: indexes.drop_index,
    s.RenameIndex: indexes.rename_index,
    s.Reindex: indexes.reindex,
    s.CreateTable: tables.create_table,
    s.DropTable: tables.drop_table,
    s.RenameTable: tables.rename_table,
    s.SetSchema: tables.set_schema,
    s.Truncate: tables.truncate,
    s.Delete: rows.delete,
    s.Insert: rows.insert,
    s.Select: rows.select,
    s.CreateType: objects.create_type,
    s.AddEnumValue: objects.add_enum_value,
    s.RenameEnumValue: objects.rename_enum_value,
    s.RenameType: objects.rename_type,
    s.RenameSequence: objects.rename_sequence,
    s.RenameFunction: objects.rename_function,
    s.RenameSchema: objects.rename_schema,
    s.AlterDomain: objects.alter_domain,
    s.AlterComposite: composite.alter_composite,
    s.CreateTrigger: objects.create_trigger,
    s.RefreshMaterializedView: objects.refresh_materialized_view,
    s.Other: other.other,
}
"""The function for each class of statement, but AddColumn and Update: those need to know more than the catalog."""


def assess(
    statement: s.Statement,
    catalog: Catalog,
    policy: Policy,
    *,
    live: Catalog | None = None,
    python_default: str | None = None,
) -> Assessment:
    """Return what the naive form of a statement would do here and now.

    Args:
        statement: with its names resolved.
        catalog: as the earlier operations of the plan will have left it; tables they create have 0 bytes.
        policy: its lock budget decides what is small.
        live: the catalog as it is today, where that differs; an UPDATE of a column that is not there yet loses nothing.
        python_default: the model's Python-side default of an added column, as an SQL literal.
    """
    return judge(_effect(statement, catalog, policy, live or catalog, python_default), catalog, policy)


def _effect(
    statement: s.Statement, catalog: Catalog, policy: Policy, live: Catalog, python_default: str | None
) -> Effect:
    if isinstance(statement, s.TableStatement) and statement.if_exists and catalog.table(statement.table) is None:
        return Effect(migration_type="Alter Table", notes=("There is no such table",))
    if isinstance(statement, s.Update):
        return rows.update(statement, catalog, live)
    if isinstance(statement, s.AddColumn):
        return columns.add_column(statement, catalog, python_default)
    if isinstance(statement, s.Other) and (statement.contains or statement.whole):
        what = "block" if statement.tag == "do" else "statement"
        return _together(statement.contains, catalog, policy, live, whole=statement.whole, what=what)
    if (inside := called(statement, catalog)) is not None and inside.statements:
        return _together(inside.statements, inside.catalog, policy, live, whole=inside.whole, what="function")
    return EFFECTS[type(statement)](statement, catalog)


def _together(
    parts: tuple[s.Statement, ...], catalog: Catalog, policy: Policy, live: Catalog, *, whole: bool, what: str
) -> Effect:
    """The effect of a DO block or a function: each statement in it finds the catalog that the one before it leaves."""
    if not parts:
        return Effect(migration_type="Query", notes=("It runs no SQL",))
    inner: list[tuple[s.Statement, Effect]] = []
    severities: list[int] = []
    for part in parts:
        effect = _effect(part, catalog, policy, live, None)
        inner.append((part, effect))
        severities.append(judge(effect, catalog, policy).risk.severity)
        catalog = apply(catalog, part)
    _, worst = inner[severities.index(max(severities))]
    return blocks.block(inner, worst, whole=whole, what=what)


def assess_uncaptured(operation: Operation) -> Assessment:
    """Return the verdict on a revision that runs as Python: nothing is known of it, so the worst is assumed."""
    return Assessment(
        migration_type="Python Revision",
        risk=Risk.VERY_HIGH,
        locks=(),
        rewrites=False,
        scans=False,
        estimate_s=(0.0, 0.0),
        compatibility=Compatibility.NONE,
        data_loss=False,
        why=f"It cannot be looked into: {operation.uncaptured or 'it runs Python'}.",
        opaque=True,
    )
