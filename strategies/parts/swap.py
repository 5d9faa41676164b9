"""The swap of a column and its filled shadow: names, default, NOT NULL, constraints and indexes change hands.

All of it only touches the catalog, so it is one short transaction under ACCESS EXCLUSIVE. The column that was there
stays under a name of ours until contract, kept up by a trigger that never fails: a value that does not fit its type
is NULL there. For that reason its NOT NULL, CHECKs and keys go, and indexes that could refuse a row; undoing the swap
makes them again, which reads the table.
"""

from collections.abc import Iterator

from online_migrate.catalog.model import Catalog, Table, TableConstraint, Trigger
from online_migrate.grammar import copies
from online_migrate.grammar.compose import (
    Expression,
    Identifier,
    compose,
    compose_body,
    compose_expression,
)
from online_migrate.grammar.edit import row_reference
from online_migrate.grammar.statements import AlterType
from online_migrate.plan.names import LockMode, RelationName
from online_migrate.plan.steps import CutOver, Ddl, Step
from online_migrate.strategies.parts import (
    alter_table,
    done,
    equality,
    inverse,
    locks,
    moved_identity,
    moved_indexes,
    moved_statistics,
    referrers,
    sequences,
    shadow,
)
from online_migrate.strategies.parts.conversions import Conversion
from online_migrate.strategies.parts.exchange import Exchange
from online_migrate.strategies.parts.fills import SCHEMA
from online_migrate.strategies.parts.ids import step_id
from online_migrate.strategies.parts.moves import Move, comment_on_constraint, rename_column, rename_constraint
from online_migrate.strategies.parts.shadow import Shadow, aside, copy_name

_BACKWARDS = """
    DECLARE
        given record;
    BEGIN
        IF TG_OP = 'INSERT' OR ROW(NEW.{column})::record OPERATOR(pg_catalog.*<>) ROW(OLD.{column})::record THEN
            given := ROW(NEW.{kept});
            BEGIN
                NEW.{kept} := {back};
            EXCEPTION WHEN data_exception THEN
                NEW.{kept} := NULL;
            END;
            IF TG_OP = 'INSERT' AND given.f1 IS NOT NULL AND given OPERATOR(pg_catalog.*<>) ROW(NEW.{kept})::record THEN
                NEW.{kept} := given.f1;
                NEW.{column} := {value};
            END IF;
        END IF;
        RETURN NEW;
    END
"""
"""Nobody names the column that was: where an INSERT gives it a value, it lists none and means the place in the row.
Where the two agree it is a row on its way from one partition to another, and its new value may say more than the old.
"""


def prepare(made: Shadow, conversion: Conversion) -> tuple[Step, ...]:
    """Return the steps that give the shadow, beside the writers, all that the column has: under names of ours.

    Where a value may not fit, the rules that refuse one come last: whoever writes one then fails, as from the swap on.
    """
    steps = (
        *moved_indexes.prepare(made),
        *_constraints(made),
        *referrers.prepare(made),
        *moved_statistics.prepare(made),
    )
    if conversion.total:
        return (*_required(made), *steps, shadow.analyze(made))
    return (*steps, *shadow.fill(made, "sweep"), *_proof(made), *_required(made), shadow.analyze(made))


def _required(made: Shadow) -> tuple[Step, ...]:
    if not made.column.not_null:
        return ()
    facts, name = shadow.with_shadow(made), copy_name(made, "not null")
    return sequences.not_null(made.change, facts, made.table.name, made.name, name=name)


def _proof(made: Shadow) -> tuple[Step, ...]:
    """The constraint that every row has its value in the new type: nothing is lost in the swap."""
    stored = compose_expression("{column}", column=Identifier(made.name))
    same = equality.same(stored, made.value, made.type)
    add = alter_table.add_check(made.table.name, _proof_name(made), same, not_valid=True)
    facts = shadow.with_shadow(made)
    return sequences.not_valid_then_validate(made.change, facts, made.table.name, _proof_name(made), add)


def _proof_name(made: Shadow) -> str:
    return shadow.named(made, "online_migrate_same", made.column.name)


def _constraints(made: Shadow) -> tuple[Step, ...]:
    facts, change, table = shadow.with_shadow(made), made.change, made.table.name
    steps: list[Step] = []
    for constraint in _of(made, "check", "foreign_key"):
        name = copy_name(made, constraint.name)
        definition = copies.constraint_copy(constraint.definition, made.column.name, made.name)
        add = alter_table.add_constraint(table, name, definition, not_valid=True)
        steps += sequences.not_valid_then_validate(change, facts, table, name, add, referenced=constraint.referenced)
    return tuple(steps)


def cut_over(made: Shadow, conversion: Conversion, exchanged: Exchange | None) -> CutOver:
    """Return the step that swaps the two columns, and their types' names with them where one is to replace the other.

    It is for good where nothing leads back to the old values.
    """
    names = (exchanged.move(made.change),) if exchanged is not None else ()
    moves = (*_moves(made, conversion), *names)
    table = made.table.name
    joined = {other.name for other, _ in referrers.of(made)}
    joined |= {k.referenced for k in _of(made, "foreign_key") if k.referenced is not None and _goes(made, k)}
    return CutOver(
        id=step_id(made.change, "cut_over", table, made.column.name),
        operation=made.change.operation.id,
        purpose=f"put the column of the new type in the place of {made.column.name}",
        sql=tuple(sql for move in moves for sql in move.do),
        search_path=made.change.operation.search_path,
        locks=locks.on_tree(LockMode.ACCESS_EXCLUSIVE, made.facts.catalog, table, *sorted(joined)),
        done_check=done.column_exists(table, kept_name(made)),
        undo=tuple(sql for move in reversed(moves) for sql in move.undo),
        reversible=conversion.back is not None,
    )


def drop_kept(made: Shadow) -> tuple[Step, ...]:
    """Return the steps that drop the column that was there, with what is on it; its values are gone then."""
    table, kept = made.table.name, kept_name(made)
    referenced = {k.referenced for k in _of(made, "foreign_key") if k.referenced is not None and not _goes(made, k)}
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


def compiled_triggers(table: Table, catalog: Catalog) -> tuple[Trigger, ...]:
    """Return the row triggers whose functions are the users' own; PostgreSQL's are in C and keep no plans."""
    family = (table, *catalog.descendants(table.name))
    return tuple(t for member in family for t in member.triggers if t.per_row and t.function.schema != "pg_catalog")


def kept_name(made: Shadow) -> str:
    """Return the name that the column has after the swap."""
    return shadow.named(made, "online_migrate_kept", made.column.name)


def _moves(made: Shadow, conversion: Conversion) -> Iterator[Move]:
    """Before any of them, and after the undo of all, the columns have their old names."""
    table, column = made.table.name, made.column
    yield Move(do=shadow.drop(made), undo=tuple(shadow.triggers(made)))
    if not conversion.total:
        yield Move(do=(alter_table.drop_constraint(table, _proof_name(made)),), undo=())
    yield _plans_forgotten(made)
    yield from referrers.moves_before(made)
    yield from moved_indexes.moves(made)
    yield from referrers.moves_after(made)
    yield from moved_statistics.moves(made)
    if column.identity is not None:
        yield from moved_identity.moves(made)
    else:
        yield from _sequences(made)
    if column.default is not None:
        yield from _default(made, column.default)
    if column.not_null:
        yield from _not_null(made)
    for constraint in _of(made, "check", "foreign_key"):
        yield from _constraint(made, constraint)
    yield rename_column(table, column.name, kept_name(made))
    yield rename_column(table, made.name, column.name)
    name, function = _backwards(made)
    body = _body_backwards(made, conversion)
    yield Move(do=tuple(shadow.always(name, table, function, body, made.path)), undo=_drop_backwards(made))


def _body_backwards(made: Shadow, conversion: Conversion) -> str:
    kept, table = kept_name(made), made.table
    value = conversion.of_other(made.column.name, kept)
    columns = (*(column.name for column in table.columns), kept)
    return compose_body(
        _BACKWARDS,
        column=Identifier(made.column.name),
        kept=Identifier(kept),
        value=Expression(row_reference(value, "NEW", columns=columns, names=(table.name.name,))),
        back=Expression(row_reference(conversion.back or "NULL", "NEW", columns=columns)),
    )


def _plans_forgotten(made: Shadow) -> Move:
    """Alter each trigger function to what it is: sessions that have run it then compile it anew.

    Else PL/pgSQL says "type of parameter does not match that when preparing the plan" in each of them, every time.
    """
    functions = {trigger.function: trigger.strict for trigger in compiled_triggers(made.table, made.facts.catalog)}
    sql = tuple(
        compose("ALTER FUNCTION {name}() STRICT", name=name)
        if strict
        else compose("ALTER FUNCTION {name}() CALLED ON NULL INPUT", name=name)
        for name, strict in sorted(functions.items())
    )
    return Move(do=sql, undo=sql)


def _default(made: Shadow, default: str) -> Iterator[Move]:
    table, column = made.table.name, made.column.name
    setting = (alter_table.set_default(table, made.name, default),)
    yield Move(do=setting, undo=inverse.default_as_found(table, made.name, None))
    dropping = inverse.default_as_found(table, column, None)
    yield Move(do=dropping, undo=(alter_table.set_default(table, column, default),))


def _sequences(made: Shadow) -> Iterator[Move]:
    """The sequences that go when the column goes."""
    table, own = made.table.name, "ALTER SEQUENCE {sequence} OWNED BY {table}.{column}"
    for sequence in moved_identity.sequences_of(made.facts.catalog, table, made.column.name):
        to_shadow = compose(own, sequence=sequence, table=table, column=Identifier(made.name))
        back = compose(own, sequence=sequence, table=table, column=Identifier(made.column.name))
        yield Move(do=(to_shadow,), undo=(back,))


def _not_null(made: Shadow) -> Iterator[Move]:
    table, column, catalog = made.table.name, made.column.name, made.facts.catalog
    # The key of a partition has made the NOT NULL one of its own, which does not go with its parent's (18).
    family = (table, *(member.name for member in catalog.descendants(table)))
    drop = tuple(sql for member in family for sql in inverse.drop_not_null(member, column))
    yield Move(do=drop, undo=inverse.set_not_null(table, column, catalog))
    named = next((k for k in made.table.constraints if k.type == "not_null" and k.columns == (column,)), None)
    if named is not None:
        yield rename_constraint(table, copy_name(made, "not null"), named.name)
        yield Move(do=comment_on_constraint(table, named), undo=())


def _constraint(made: Shadow, constraint: TableConstraint) -> Iterator[Move]:
    table, name = made.table.name, constraint.name
    if _goes(made, constraint):
        undo = inverse.add_constraint(table, name, made.facts.catalog) or ()
        drop = alter_table.drop_constraint(table, name)
        yield Move(do=(drop,), undo=undo)
    else:
        yield rename_constraint(table, name, aside(made, name))
    yield rename_constraint(table, copy_name(made, name), name)
    yield Move(do=comment_on_constraint(table, constraint), undo=())


def _goes(made: Shadow, constraint: TableConstraint) -> bool:
    """Whether the column that was cannot keep it: a CHECK, and a foreign key to a key that the plan swaps as well."""
    return constraint.type == "check" or any(
        isinstance(other.statement, AlterType)
        and other.statement.table == constraint.referenced
        and other.statement.column in constraint.referenced_columns
        for other in made.facts.changes
    )


def _of(made: Shadow, *types: str) -> tuple[TableConstraint, ...]:
    return tuple(k for k in made.table.constraints if k.type in types and made.column.name in k.columns)


def _backwards(made: Shadow) -> tuple[str, RelationName]:
    name = shadow.named(made, "zz_online_migrate_kept", made.column.name)
    return name, RelationName(SCHEMA, shadow.named(made, "kept", made.column.name))


def _drop_backwards(made: Shadow) -> tuple[str, ...]:
    name, function = _backwards(made)
    return (
        compose("DROP TRIGGER IF EXISTS {name} ON {table}", name=Identifier(name), table=made.table.name),
        compose("DROP FUNCTION IF EXISTS {function}()", function=function),
    )
