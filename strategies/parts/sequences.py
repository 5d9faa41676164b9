"""Sequences of steps that several strategies need: a constraint that becomes true without a long lock.

Every undo tolerates that the step after it has already taken its object away (a UNIQUE constraint
made from an index takes the index with it), so that undoing from any point works backwards.
"""

from dataclasses import replace

from online_migrate.catalog.model import Catalog
from online_migrate.grammar.compose import Columns, Expression, Identifier, compose
from online_migrate.grammar.definitions import Constraint
from online_migrate.plan.names import LockMode, RelationName
from online_migrate.plan.steps import ConcurrentDdl, Ddl, IndexShape, Step, Validate
from online_migrate.strategies.interface import Change, Facts
from online_migrate.strategies.parts import alter_table, done, locks, naming, nulls
from online_migrate.strategies.parts.ids import helper_name, step_id

_VERSION_18 = 180000
"""From here on NOT NULL can be NOT VALID, and so can the foreign key of a partitioned table (release notes of 18)."""


def not_null(
    change: Change, facts: Facts, table: RelationName, column: str, *, name: str | None = None
) -> tuple[Step, ...]:
    """Return the steps that make a column NOT NULL while rows are read and written.

    18 and later: the NOT NULL constraint itself, NOT VALID then VALIDATE, under the name that SET NOT
    NULL would give it. Before: a CHECK that proves it, so that SET NOT NULL does not scan (12, release
    notes), then the CHECK goes, in a statement of its own: in one ALTER TABLE the drop would come first.
    """
    catalog = facts.catalog
    if catalog.server_version_num >= _VERSION_18:
        name = name or naming.of_not_null(catalog, table, column)
        add = compose(
            "ALTER TABLE {table} ADD CONSTRAINT {name} NOT NULL {column} NOT VALID",
            table=table,
            name=Identifier(name),
            column=Identifier(column),
        )
        return not_valid_then_validate(change, facts, table, name, add, column=column)
    proof = helper_name("online_migrate_not_null", table.schema, table.name, column)
    add = alter_table.add_check(table, proof, nulls.not_null(catalog, table, column), not_valid=True)
    proving = not_valid_then_validate(change, facts, table, proof, add, column=column)
    return (*proving, set_not_null(change, facts, table, column, proof=proof))


def set_not_null(change: Change, facts: Facts, table: RelationName, column: str, *, proof: str | None = None) -> Ddl:
    """Return the step that sets NOT NULL where a valid CHECK already proves it, and drops the `proof` we made."""
    sql = [compose("ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL", table=table, column=Identifier(column))]
    if proof is not None:
        sql.append(compose("ALTER TABLE {table} DROP CONSTRAINT {name}", table=table, name=Identifier(proof)))
    return Ddl(
        id=step_id(change, "set_not_null", table, column),
        operation=change.operation.id,
        purpose=f"make {column} NOT NULL; a validated constraint proves it, so no row is read",
        sql=tuple(sql),
        locks=locks.on_tree(LockMode.ACCESS_EXCLUSIVE, facts.catalog, table),
        done_check=done.column_not_null(table, column),
        undo=(
            compose("ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL", table=table, column=Identifier(column)),
        ),
    )


def not_valid_then_validate(
    change: Change,
    facts: Facts,
    table: RelationName,
    name: str,
    add: str,
    *,
    column: str | None = None,
    referenced: RelationName | None = None,
) -> tuple[Step, ...]:
    """Return the step that runs `add` (the constraint NOT VALID: no row is read) and the one that validates it.

    Args:
        referenced: of a foreign key; adding locks both tables in SHARE ROW EXCLUSIVE, every other
            constraint its own table in ACCESS EXCLUSIVE.
    """
    catalog = facts.catalog
    # A column and a constraint may share a name, so the verbs differ.
    what, subject = ("constraint", name) if column is None else ("not_null", column)
    if referenced is None:
        adding = locks.on_tree(LockMode.ACCESS_EXCLUSIVE, catalog, table)
        validating = locks.on_tree(LockMode.SHARE_UPDATE_EXCLUSIVE, catalog, table)
    else:
        adding = locks.on_tree(LockMode.SHARE_ROW_EXCLUSIVE, catalog, table, referenced)
        validating = (
            *locks.on_tree(LockMode.SHARE_UPDATE_EXCLUSIVE, catalog, table),
            *locks.on(LockMode.ROW_SHARE, referenced),
        )
    return (
        Ddl(
            id=step_id(change, f"add_{what}", table, subject),
            operation=change.operation.id,
            purpose=f"add the constraint {name} for new rows only",
            sql=(add,),
            search_path=change.operation.search_path,
            locks=locks.strongest(adding),
            done_check=done.constraint_exists(table, name),
            undo=(alter_table.drop_constraint(table, name),),
        ),
        Validate(
            id=step_id(change, f"validate_{what}", table, subject),
            operation=change.operation.id,
            purpose=f"check the rows that were there before against {name}",
            sql=(compose("ALTER TABLE {table} VALIDATE CONSTRAINT {name}", table=table, name=Identifier(name)),),
            search_path=change.operation.search_path,
            locks=locks.strongest(validating),
            done_check=done.constraint_valid(table, name),
        ),
    )


def key_from_index(change: Change, facts: Facts, table: RelationName, constraint: Constraint) -> tuple[Step, ...]:
    """Return the steps that build a unique index beside the writers and make it a UNIQUE or PRIMARY KEY constraint.

    The index has the constraint's name, as PostgreSQL's own would. Every column of a primary key must
    be NOT NULL before, or the last step would read the table.
    """
    catalog = facts.catalog
    primary = constraint.type == "primary_key"
    name = naming.of_constraint(catalog, table, constraint)
    index = RelationName(table.schema, name)
    template = "CREATE UNIQUE INDEX CONCURRENTLY {name} ON {table} ({columns})"
    parts: dict[str, RelationName | Identifier | Columns | Expression] = {"name": Identifier(name), "table": table}
    parts["columns"] = Columns(constraint.columns)
    if constraint.include:
        template += " INCLUDE ({include})"
        parts["include"] = Columns(constraint.include)
    if constraint.nulls_not_distinct:
        template += " NULLS NOT DISTINCT"
    kind = "PRIMARY KEY" if primary else "UNIQUE"
    deferral = " DEFERRABLE INITIALLY DEFERRED" if constraint.initially_deferred else ""
    deferral = deferral or (" DEFERRABLE" if constraint.deferrable else "")
    return (
        ConcurrentDdl(
            id=step_id(change, "build_index", table, name),
            operation=change.operation.id,
            purpose=f"build the unique index {name} beside the writers",
            sql=(compose(template, **parts),),
            locks=locks.on(LockMode.SHARE_UPDATE_EXCLUSIVE, table),
            done_check=done.index_valid(index),
            undo=(compose("DROP INDEX CONCURRENTLY IF EXISTS {index}", index=index),),
            index=index,
            shape=IndexShape(table=table, columns=constraint.columns, include=constraint.include, unique=True),
        ),
        Ddl(
            id=step_id(change, "use_index", table, name),
            operation=change.operation.id,
            purpose=f"make the index the constraint {name}",
            sql=(
                compose(
                    "ALTER TABLE {table} ADD CONSTRAINT {name} " + kind + " USING INDEX {name}" + deferral,
                    table=table,
                    name=Identifier(name),
                ),
            ),
            locks=locks.on(LockMode.ACCESS_EXCLUSIVE, table),
            done_check=done.constraint_exists(table, name),
            undo=(alter_table.drop_constraint(table, name),),
        ),
    )


def check(change: Change, facts: Facts, table: RelationName, constraint: Constraint) -> tuple[Step, ...]:
    """Return the steps that add a CHECK: for new rows, then for those that were there."""
    name = naming.of_constraint(facts.catalog, table, constraint)
    add = alter_table.add_constraint(table, name, constraint.definition, not_valid=True)
    return not_valid_then_validate(change, facts, table, name, add)


def foreign_key(change: Change, facts: Facts, table: RelationName, constraint: Constraint) -> tuple[Step, ...]:
    """Return the steps that add a foreign key: for new rows, then for those that were there.

    Before 18 that of a partitioned table is added so to each leaf; ADD on the table itself then takes those over and
    reads no row (measured on 14).
    """
    name = naming.of_constraint(facts.catalog, table, constraint)
    found = facts.catalog.table(table)
    if found is None or found.kind != "p" or facts.catalog.server_version_num >= _VERSION_18:
        add = alter_table.add_constraint(table, name, constraint.definition, not_valid=True)
        return not_valid_then_validate(change, facts, table, name, add, referenced=constraint.referenced)
    leaves = (leaf for leaf in facts.catalog.leaves(table) if leaf.constraint(name) is None)
    steps = [step for leaf in leaves for step in foreign_key(change, facts, leaf.name, replace(constraint, name=name))]
    return (*steps, _take_over(change, facts, table, replace(constraint, name=name)))


def _take_over(change: Change, facts: Facts, table: RelationName, constraint: Constraint) -> Ddl:
    assert constraint.name is not None
    assert constraint.referenced is not None
    # The triggers that the leaves' own foreign keys have on the referenced table give way to the table's.
    strongest = locks.on(LockMode.ACCESS_EXCLUSIVE, constraint.referenced)
    return Ddl(
        id=step_id(change, "add_constraint", table, constraint.name),
        operation=change.operation.id,
        purpose=f"make the foreign keys of its partitions one, {constraint.name}; no row is read",
        sql=(alter_table.add_constraint(table, constraint.name, constraint.definition),),
        search_path=change.operation.search_path,
        locks=locks.strongest((*locks.on_tree(LockMode.SHARE_ROW_EXCLUSIVE, facts.catalog, table), *strongest)),
        done_check=done.constraint_exists(table, constraint.name),
        undo=(alter_table.drop_constraint(table, constraint.name),),
    )


def can_be_not_valid(catalog: Catalog, referenced: RelationName | None) -> bool:
    """Whether a constraint can be added beside the writers: before 18 not a foreign key to a partitioned table.

    There VALIDATE leaves the keys that PostgreSQL derives for each referenced partition NOT VALID (measured on 14).
    """
    table = catalog.table(referenced) if referenced is not None else None
    return catalog.server_version_num >= _VERSION_18 or table is None or table.kind != "p"
