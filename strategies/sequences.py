"""Sequences of steps that several strategies need: a constraint that becomes true without a long lock.

Every undo tolerates that the step after it has already taken its object away (a UNIQUE constraint
made from an index takes the index with it), so that undoing from any point works backwards.
"""

from online_migrate.grammar.compose import Columns, Definition, Expression, Identifier, compose
from online_migrate.grammar.definitions import Constraint
from online_migrate.plan.names import LockMode, RelationName
from online_migrate.plan.steps import ConcurrentDdl, Ddl, Step, Validate
from online_migrate.strategies import done, locks, naming
from online_migrate.strategies.ids import helper_name, step_id
from online_migrate.strategies.interface import Change, Facts

_VERSION_18 = 180000
"""From here on NOT NULL can be NOT VALID, and so can a foreign key of a partitioned table (release notes of 18)."""


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
    add = compose(
        "ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({column} IS NOT NULL) NOT VALID",
        table=table,
        name=Identifier(proof),
        column=Identifier(column),
    )
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
            undo=(drop_constraint(table, name),),
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
            undo=(drop_constraint(table, name),),
        ),
    )


def check(change: Change, facts: Facts, table: RelationName, constraint: Constraint) -> tuple[Step, ...]:
    """Return the steps that add a CHECK: for new rows, then for those that were there."""
    name = naming.of_constraint(facts.catalog, table, constraint)
    return not_valid_then_validate(change, facts, table, name, _add_not_valid(table, name, constraint))


def foreign_key(change: Change, facts: Facts, table: RelationName, constraint: Constraint) -> tuple[Step, ...]:
    """Return the steps that add a foreign key: for new rows, then for those that were there."""
    name = naming.of_constraint(facts.catalog, table, constraint)
    add = _add_not_valid(table, name, constraint)
    return not_valid_then_validate(change, facts, table, name, add, referenced=constraint.referenced)


def primary_key(change: Change, facts: Facts, table: RelationName, constraint: Constraint) -> tuple[Step, ...]:
    """Return the steps that add a primary key: each column NOT NULL, the index, then the constraint."""
    found = facts.catalog.tables[table]
    nullable = [c.name for c in found.columns if c.name in constraint.columns and not c.not_null]
    steps = [step for column in nullable for step in not_null(change, facts, table, column)]
    return (*steps, *key_from_index(change, facts, table, constraint))


def can_be_not_valid(facts: Facts, table: RelationName, constraint: Constraint) -> bool:
    """Whether a foreign key can be added NOT VALID and be validated: before 18 not with a partitioned table.

    A partitioned referencing table refuses it; of a partitioned referenced table VALIDATE leaves the keys that
    PostgreSQL derives for each partition NOT VALID (measured on 14).
    """
    found = (facts.catalog.table(name) for name in (table, constraint.referenced) if name is not None)
    partitioned = any(side is not None and side.kind == "p" for side in found)
    return not partitioned or facts.catalog.server_version_num >= _VERSION_18


def can_come_from_index(facts: Facts, table: RelationName, constraint: Constraint) -> bool:
    """Whether a key can be made of an index that was built beside the writers."""
    found = facts.catalog.table(table)
    return (found is None or found.kind != "p") and "WITHOUT OVERLAPS" not in constraint.definition


def _add_not_valid(table: RelationName, name: str, constraint: Constraint) -> str:
    return compose(
        "ALTER TABLE {table} ADD CONSTRAINT {name} {definition} NOT VALID",
        table=table,
        name=Identifier(name),
        definition=Definition(constraint.definition),
    )


def drop_constraint(table: RelationName, name: str) -> str:
    """Return the statement that drops a constraint if it is there."""
    return compose("ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}", table=table, name=Identifier(name))
