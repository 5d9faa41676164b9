"""The swap of a column and its filled shadow: names, default, NOT NULL, constraints and indexes change hands.

All of it only touches the catalog, so it is one short transaction under ACCESS EXCLUSIVE. The column that was there
stays under a name of ours until contract, kept up by a trigger that never fails: a value that does not fit its type
is NULL there. Its NOT NULL and CHECKs go for that reason; undoing the swap makes them again, which reads the table.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from online_migrate.catalog.model import Index, Table, TableConstraint, Trigger
from online_migrate.grammar import copies
from online_migrate.grammar.compose import Definition, Expression, Identifier, Literal, Part, compose, compose_body
from online_migrate.plan.names import LockMode, RelationName
from online_migrate.plan.steps import CutOver, Ddl, Step
from online_migrate.strategies import done, inverse, locks, sequences, shadow
from online_migrate.strategies.fills import SCHEMA
from online_migrate.strategies.ids import helper_name, step_id
from online_migrate.strategies.shadow import Shadow, copy_name

_BACKWARDS = """
    BEGIN
        IF TG_OP = 'INSERT' AND NEW.{kept} IS NOT NULL THEN
            NEW.{column} := NEW.{kept};
        ELSIF TG_OP = 'INSERT' OR ROW(NEW.{column})::record OPERATOR(pg_catalog.*<>) ROW(OLD.{column})::record THEN
            BEGIN
                NEW.{kept} := NEW.{column};
            EXCEPTION WHEN data_exception THEN
                NEW.{kept} := NULL;
            END;
        END IF;
        RETURN NEW;
    END
"""
"""Nobody names the column that was: where an INSERT gives it a value, it lists none and means the place in the row."""


def prepare(made: Shadow) -> tuple[Step, ...]:
    """Return the steps that give the shadow, beside the writers, all that the column has: under names of ours."""
    facts, change, table = shadow.with_shadow(made), made.change, made.table.name
    steps: list[Step] = []
    if made.column.not_null:
        steps += sequences.not_null(change, facts, table, made.name, name=copy_name(made, "not null"))
    steps += shadow.index(made)
    for constraint in _of(made, "check", "foreign_key"):
        add = compose(
            "ALTER TABLE {table} ADD CONSTRAINT {name} {definition} NOT VALID",
            table=table,
            name=Identifier(copy_name(made, constraint.name)),
            definition=Definition(copies.constraint_copy(constraint.definition, made.column.name, made.name)),
        )
        steps += sequences.not_valid_then_validate(
            change, facts, table, copy_name(made, constraint.name), add, referenced=constraint.referenced
        )
    return (*steps, shadow.analyze(made))


def cut_over(made: Shadow) -> CutOver:
    """Return the step that swaps the two columns."""
    moves = tuple(_moves(made))
    table = made.table.name
    return CutOver(
        id=step_id(made.change, "cut_over", table, made.column.name),
        operation=made.change.operation.id,
        purpose=f"put the column of the new type in the place of {made.column.name}",
        sql=tuple(sql for move in moves for sql in move.do),
        search_path=made.change.operation.search_path,
        locks=locks.on_tree(LockMode.ACCESS_EXCLUSIVE, made.facts.catalog, table),
        done_check=done.column_exists(table, kept_name(made)),
        undo=tuple(sql for move in reversed(moves) for sql in move.undo),
    )


def drop_kept(made: Shadow) -> tuple[Step, ...]:
    """Return the steps that drop the column that was there, with what is on it; its values are gone then."""
    table, kept = made.table.name, kept_name(made)
    referenced = {k.referenced for k in _of(made, "foreign_key") if k.referenced is not None}
    drop = Ddl(
        id=step_id(made.change, "drop_kept", table, made.column.name),
        operation=made.change.operation.id,
        purpose=f"drop what {made.column.name} was before",
        sql=(*_drop_backwards(made), *inverse.drop_column(table, kept)),
        locks=locks.on_tree(LockMode.ACCESS_EXCLUSIVE, made.facts.catalog, table, *sorted(referenced)),
        done_check=done.column_absent(table, kept),
        reversible=False,
    )
    return (drop,)


def compiled_triggers(table: Table) -> tuple[Trigger, ...]:
    """Return the row triggers whose functions are the users' own; PostgreSQL's are in C and keep no plans."""
    return tuple(t for t in table.triggers if t.per_row and t.function.schema != "pg_catalog")


def kept_name(made: Shadow) -> str:
    """Return the name that the column has after the swap."""
    return _named(made, "online_migrate_kept", made.column.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Move:
    """Statements, and those that take them back; before either the columns have their old names."""

    do: tuple[str, ...]
    undo: tuple[str, ...]


def _moves(made: Shadow) -> Iterator[_Move]:
    yield _Move(do=shadow.drop(made), undo=tuple(shadow.triggers(made)))
    yield _plans_forgotten(made)
    yield from _default(made)
    if made.column.not_null:
        yield from _not_null(made)
    for constraint in _of(made, "check", "foreign_key"):
        yield from _constraint(made, constraint)
    for index in shadow.indexes_of(made):
        yield from _index(made, index)
    yield _Move(
        do=_renamed(made, made.column.name, kept_name(made)), undo=_renamed(made, kept_name(made), made.column.name)
    )
    yield _Move(do=_renamed(made, made.name, made.column.name), undo=_renamed(made, made.column.name, made.name))
    body = compose_body(_BACKWARDS, column=Identifier(made.column.name), kept=Identifier(kept_name(made)))
    name, function = _backwards(made)
    yield _Move(
        do=tuple(shadow.always(name, made.table.name, function, body)),
        undo=_drop_backwards(made),
    )


def _plans_forgotten(made: Shadow) -> _Move:
    """Alter each trigger function to what it is: sessions that have run it then compile it anew.

    Else PL/pgSQL says "type of parameter does not match that when preparing the plan" in each of them, every time.
    """
    functions = {trigger.function: trigger.strict for trigger in compiled_triggers(made.table)}
    sql = tuple(
        compose("ALTER FUNCTION {name}() STRICT", name=name)
        if strict
        else compose("ALTER FUNCTION {name}() CALLED ON NULL INPUT", name=name)
        for name, strict in sorted(functions.items())
    )
    return _Move(do=sql, undo=sql)


def _default(made: Shadow) -> Iterator[_Move]:
    table, column = made.table.name, made.column
    if column.default is None:
        return
    template = "ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT {default}"
    parts: dict[str, Part] = {"table": table, "default": Expression(column.default)}
    setting = (compose(template, **parts, column=Identifier(made.name)),)
    yield _Move(do=setting, undo=inverse.default_as_found(table, made.name, None))
    dropping = inverse.default_as_found(table, column.name, None)
    yield _Move(do=dropping, undo=(compose(template, **parts, column=Identifier(column.name)),))
    for sequence, owner in made.facts.catalog.sequence_owners.items():
        if owner == (table, column.name):
            own = "ALTER SEQUENCE {sequence} OWNED BY {table}.{column}"
            to_shadow = compose(own, sequence=sequence, table=table, column=Identifier(made.name))
            back = compose(own, sequence=sequence, table=table, column=Identifier(column.name))
            yield _Move(do=(to_shadow,), undo=(back,))


def _not_null(made: Shadow) -> Iterator[_Move]:
    table, column = made.table.name, made.column.name
    yield _Move(do=inverse.drop_not_null(table, column), undo=inverse.set_not_null(table, column, made.facts.catalog))
    named = next((k for k in made.table.constraints if k.type == "not_null" and k.columns == (column,)), None)
    if named is not None:
        yield _rename_constraint(made, copy_name(made, "not null"), named.name)
        yield from _comment_on_constraint(made, named)


def _constraint(made: Shadow, constraint: TableConstraint) -> Iterator[_Move]:
    table, name = made.table.name, constraint.name
    if constraint.type == "check":
        drop = compose("ALTER TABLE {table} DROP CONSTRAINT {name}", table=table, name=Identifier(name))
        undo = inverse.add_constraint(table, name, made.facts.catalog) or ()
        yield _Move(do=(drop,), undo=(*undo, *_comment(made, constraint)))
    else:
        yield _rename_constraint(made, name, _old(made, name))
    yield _rename_constraint(made, copy_name(made, name), name)
    yield from _comment_on_constraint(made, constraint)


def _index(made: Shadow, index: Index) -> Iterator[_Move]:
    table, name, copy = made.table.name, index.name, copy_name(made, str(index.name))
    constraint = made.table.constraint(index.constraint) if index.constraint is not None else None
    if constraint is None:
        yield _rename_index(name, _old(made, name.name))
        yield _rename_index(RelationName(name.schema, copy), name.name)
    else:
        yield _rename_constraint(made, constraint.name, _old(made, constraint.name))
        add = "ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE USING INDEX {index}"
        parts: dict[str, Part] = {"table": table, "name": Identifier(constraint.name), "index": Identifier(copy)}
        yield _Move(do=(compose(add, **parts),), undo=(sequences.drop_constraint(table, constraint.name),))
        yield from _comment_on_constraint(made, constraint)
    if index.comment is not None:
        template = "COMMENT ON INDEX {index} IS {comment}"
        yield _Move(do=(compose(template, index=name, comment=Literal(index.comment)),), undo=())


def _rename_constraint(made: Shadow, old: str, new: str) -> _Move:
    template = "ALTER TABLE {table} RENAME CONSTRAINT {old} TO {new}"
    table = made.table.name
    return _Move(
        do=(compose(template, table=table, old=Identifier(old), new=Identifier(new)),),
        undo=(compose(template, table=table, old=Identifier(new), new=Identifier(old)),),
    )


def _rename_index(index: RelationName, new: str) -> _Move:
    template = "ALTER INDEX {index} RENAME TO {name}"
    return _Move(
        do=(compose(template, index=index, name=Identifier(new)),),
        undo=(compose(template, index=RelationName(index.schema, new), name=Identifier(index.name)),),
    )


def _renamed(made: Shadow, old: str, new: str) -> tuple[str, ...]:
    template = "ALTER TABLE {table} RENAME COLUMN {old} TO {new}"
    return (compose(template, table=made.table.name, old=Identifier(old), new=Identifier(new)),)


def _comment_on_constraint(made: Shadow, constraint: TableConstraint) -> Iterator[_Move]:
    if constraint.comment is not None:
        yield _Move(do=_comment(made, constraint), undo=())


def _comment(made: Shadow, constraint: TableConstraint) -> tuple[str, ...]:
    if constraint.comment is None:
        return ()
    template = "COMMENT ON CONSTRAINT {name} ON {table} IS {comment}"
    parts: dict[str, Part] = {"name": Identifier(constraint.name), "comment": Literal(constraint.comment)}
    return (compose(template, table=made.table.name, **parts),)


def _of(made: Shadow, *types: str) -> tuple[TableConstraint, ...]:
    return tuple(k for k in made.table.constraints if k.type in types and made.column.name in k.columns)


def _old(made: Shadow, name: str) -> str:
    return _named(made, "online_migrate_old", name)


def _named(made: Shadow, purpose: str, name: str) -> str:
    return helper_name(purpose, made.change.operation.id, str(made.table.name), name)


def _backwards(made: Shadow) -> tuple[str, RelationName]:
    name = _named(made, "zz_online_migrate_kept", made.column.name)
    return name, RelationName(SCHEMA, _named(made, "kept", made.column.name))


def _drop_backwards(made: Shadow) -> tuple[str, ...]:
    name, function = _backwards(made)
    return (
        compose("DROP TRIGGER IF EXISTS {name} ON {table}", name=Identifier(name), table=made.table.name),
        compose("DROP FUNCTION IF EXISTS {function}()", function=function),
    )
