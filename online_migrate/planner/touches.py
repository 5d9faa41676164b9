"""What a statement reads and writes, as paths of objects, so that steps can be put in an order that is safe."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from online_migrate.catalog.model import Catalog
from online_migrate.grammar import analysis, sequences
from online_migrate.grammar import statements as s
from online_migrate.planner.objects import OBJECT, SCHEMA, behind_views, renamed_of, schemas_of, with_descendants
from online_migrate.planner.paths import BARRIER, Paths, Touches
from online_migrate.planner.touched import columns, constraints, others, rows, tables

_TOUCHED: Final[Mapping[type[s.Statement], Callable[[Any, Catalog], Touches]]] = {
    s.AddColumn: columns.add,
    s.DropColumn: columns.drop,
    s.AlterType: columns.alter_type,
    s.SetDefault: columns.default,
    s.DropDefault: columns.default,
    s.SetNotNull: columns.set_not_null,
    s.DropNotNull: columns.drop_not_null,
    s.RenameColumn: columns.rename,
    s.AddConstraint: constraints.add,
    s.DropConstraint: constraints.drop,
    s.ValidateConstraint: constraints.validate,
    s.RenameConstraint: constraints.rename,
    s.CreateIndex: constraints.create_index,
    s.DropIndex: constraints.drop_index,
    s.RenameIndex: constraints.rename_index,
    s.Reindex: constraints.reindex,
    s.CreateTable: tables.create,
    s.DropTable: tables.drop,
    s.RenameTable: tables.rename,
    s.SetSchema: tables.set_schema,
    s.AlterTableOther: tables.alter,
    s.CreateTrigger: tables.create_trigger,
    s.Update: rows.update,
    s.Delete: rows.delete,
    s.Insert: rows.insert,
    s.Truncate: rows.truncate,
    s.Select: rows.select,
    s.RefreshMaterializedView: rows.refresh,
    s.CreateType: others.create_type,
    s.AddEnumValue: others.add_enum_value,
    s.RenameEnumValue: others.rename_enum_value,
    s.RenameType: renamed_of,
    s.RenameSequence: renamed_of,
    s.RenameSchema: renamed_of,
    s.RenameFunction: renamed_of,
    s.AlterDomain: others.alter_domain,
    s.Other: others.other,
}


def touches(statement: s.Statement, catalog: Catalog, after: Catalog) -> Touches:
    """Return what a statement touches; unknown statements are barriers.

    What is done to a table is done to its partitions and to the tables that inherit from it; what is done to
    the rows of a view is done to those of the tables below it; a column makes and drops its sequence.

    Args:
        catalog, after: as the statement finds it, and as it leaves it.
    """
    of_statement = _TOUCHED.get(type(statement))
    found = of_statement(statement, catalog) if of_statement is not None else BARRIER
    named = analysis.object_paths(statement.sql) if statement.sql else ()
    if found == BARRIER:
        return replace(found, reads=frozenset((SCHEMA, schema) for schema in schemas_of(found, statement, named)))
    reads = found.reads | {(OBJECT, path[-1]) for path in named}
    reads |= {(SCHEMA, schema) for schema in schemas_of(found, statement, named)}
    if catalog.sequences and (names := sequences.called(statement.sql)):
        reads |= {(sequence,) for sequence in catalog.sequences if sequence.name in names}
    made: Paths = frozenset((sequence,) for sequence in catalog.sequences ^ after.sequences)
    reads, writes = (paths | behind_views(paths, catalog) for paths in (reads, found.writes | made))
    return replace(found, reads=with_descendants(reads, catalog), writes=with_descendants(writes, catalog))
