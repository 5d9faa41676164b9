"""What puts back a statement about an object beside a table's columns, constraints and indexes, where that is plain."""

from typing import LiteralString

from online_migrate.catalog.model import Catalog, Table, Trigger
from online_migrate.grammar import statements as s
from online_migrate.grammar.compose import Identifier, Literal, compose
from online_migrate.grammar.copies import drop_statistics
from online_migrate.grammar.predicates import dropped_name
from online_migrate.grammar.subcommands import named
from online_migrate.plan.names import RelationName
from online_migrate.strategies.parts import inverse_functions, inverse_marks

_TRIGGER_IS = {
    "O": "ALTER TABLE {table} ENABLE TRIGGER {name}",
    "D": "ALTER TABLE {table} DISABLE TRIGGER {name}",
    "R": "ALTER TABLE {table} ENABLE REPLICA TRIGGER {name}",
    "A": "ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}",
}
_IDENTITY_IS = {
    "d": "ALTER TABLE {table} REPLICA IDENTITY DEFAULT",
    "n": "ALTER TABLE {table} REPLICA IDENTITY NOTHING",
    "f": "ALTER TABLE {table} REPLICA IDENTITY FULL",
}
_ONE_TRIGGER = ("EnableTrig", "EnableAlwaysTrig", "EnableReplicaTrig", "DisableTrig")


def undo(statement: s.Statement, catalog: Catalog) -> tuple[str, ...] | None:
    """Return the statements that put things back, or None where what the statement does is for good."""
    match statement:
        case s.CreateTrigger():
            return _created_trigger(statement, catalog)
        case s.Other(tag="drop_trigger", relations=(table,)):
            return _dropped_trigger(table, dropped_name(statement.sql), catalog)
        case s.RenameEnumValue() | s.RenameType() | s.RenameSequence() | s.RenameSchema():
            return _renamed(statement)
        case s.Other(tag="comment" | "grant"):
            return inverse_marks.undo(statement, catalog)
        case s.RenameFunction() | s.Other(tag="create_function" | "create_procedure"):
            return inverse_functions.undo(statement, catalog)
        case s.Other(tag="create_statistics"):
            return _created_statistics(statement, catalog)
        case s.AlterTableOther(subcommand="AttachPartition", table=table, other=RelationName() as child):
            # Else undoing CREATE TABLE of the parent would drop a table that was there before, rows and all.
            return (compose("ALTER TABLE {table} DETACH PARTITION {child}", table=table, child=child),)
        case s.AlterTableOther(subcommand="AddInherit", table=table, other=RelationName() as parent):
            return (compose("ALTER TABLE {table} NO INHERIT {parent}", table=table, parent=parent),)
        case s.AlterTableOther(table=name):
            found = catalog.table(name)
            return _setting(statement, found) if found is not None else None
        case _:
            return _created(statement, catalog)


def _created(statement: s.Statement, catalog: Catalog) -> tuple[str, ...] | None:
    """Undo of CREATE, for what was not there before."""
    match statement:
        case s.CreateTable(table=name, temporary=False) if name not in catalog.tables:
            return (compose("DROP TABLE {name}", name=name),)
        case s.CreateType(name=name):
            return (compose("DROP TYPE {name}", name=name),)
        case s.Other(tag="create_view", relations=(name, *_)) if name not in catalog.tables:
            return (compose("DROP VIEW {name}", name=name),)
        case s.Other(tag="create_materialized_view", relations=(name, *_)) if name not in catalog.tables:
            return (compose("DROP MATERIALIZED VIEW {name}", name=name),)
        case s.Other(tag="create_sequence", relations=(name, *_)) if name not in catalog.sequences:
            return (compose("DROP SEQUENCE {name}", name=name),)
        case s.Other(tag="create_schema", object_name=str(name)):
            # IF NOT EXISTS that found it there changed nothing.
            return () if name in catalog.schemas else (compose("DROP SCHEMA {name}", name=Identifier(name)),)
        case s.Other(tag="create_extension", object_name=str(name)):
            return () if name in catalog.extensions else (compose("DROP EXTENSION {name}", name=Identifier(name)),)
        case s.Other(tag="create_publication", object_name=str(name)):
            return (compose("DROP PUBLICATION {name}", name=Identifier(name)),)
        case s.Other(tag="create_policy", relations=(table,), object_name=str(name)):
            return (compose("DROP POLICY {name} ON {table}", name=Identifier(name), table=table),)
        case _:
            return None


def _created_statistics(statement: s.Other, catalog: Catalog) -> tuple[str, ...] | None:
    """Undo of CREATE STATISTICS; None without a name, and of one that IF NOT EXISTS may have found."""
    name = (statement.object_name or "").rpartition(".")[2]
    there = {found.name.name for table in catalog.tables.values() for found in table.extended_statistics}
    return (drop_statistics(statement.sql),) if name and name not in there else None


def _renamed(statement: s.RenameEnumValue | s.RenameType | s.RenameSequence | s.RenameSchema) -> tuple[str, ...]:
    """Undo of RENAME TO, SET SCHEMA and RENAME VALUE: the old name or word."""
    match statement:
        case s.RenameEnumValue(type=enum, value=old_word, new_value=new_word):
            template: LiteralString = "ALTER TYPE {type} RENAME VALUE {new} TO {old}"
            return (compose(template, type=enum, new=Literal(new_word), old=Literal(old_word)),)
        case s.RenameSchema(schema=schema, new=name):
            template = "ALTER SCHEMA {new} RENAME TO {old}"
            return (compose(template, new=Identifier(name), old=Identifier(schema)),)
        case s.RenameType(type=old, new=new):
            alter: LiteralString = "ALTER TYPE {thing} "
        case s.RenameSequence(sequence=old, new=new):
            alter = "ALTER SEQUENCE {thing} "
    if old.schema != new.schema:
        return (compose(alter + "SET SCHEMA {schema}", thing=new, schema=Identifier(old.schema)),)
    return (compose(alter + "RENAME TO {name}", thing=new, name=Identifier(old.name)),)


def _created_trigger(statement: s.CreateTrigger, catalog: Catalog) -> tuple[str, ...] | None:
    """Undo of CREATE TRIGGER: none, or the one that OR REPLACE found."""
    table = statement.table
    drop = compose("DROP TRIGGER {name} ON {table}", name=Identifier(statement.name), table=table)
    found = trigger(catalog, table, statement.name)
    if found is None:
        return (drop,)
    again = _dropped_trigger(table, statement.name, catalog)
    return (drop, *again) if again is not None else None


def _dropped_trigger(table: RelationName, name: str, catalog: Catalog) -> tuple[str, ...] | None:
    """Undo of DROP TRIGGER: the definition that the catalog shows; None where it shows none."""
    found = trigger(catalog, table, name)
    if found is None or not found.definition:
        return None
    return (found.definition, *(() if found.enabled == "O" else (_switched(table, found),)))


def _setting(statement: s.AlterTableOther, table: Table) -> tuple[str, ...] | None:
    """Undo of what ALTER TABLE sets, where the catalog shows how it was; None where it does not."""
    name = table.name
    match statement.subcommand:
        case "EnableRowSecurity":
            return () if table.row_security else (compose("ALTER TABLE {t} DISABLE ROW LEVEL SECURITY", t=name),)
        case "DisableRowSecurity":
            return (compose("ALTER TABLE {t} ENABLE ROW LEVEL SECURITY", t=name),) if table.row_security else ()
        case "ReplicaIdentity":
            return _identity_as_found(table)
        case "SetStatistics" if (column := table.column(named(statement.sql))) is not None and not table.children:
            template = "ALTER TABLE {t} ALTER COLUMN {column} SET STATISTICS {target}"
            return (compose(template, t=name, column=Identifier(column.name), target=Literal(column.statistics)),)
        case "ChangeOwner" if table.owner and not table.children:
            return (compose("ALTER TABLE {t} OWNER TO {owner}", t=name, owner=Identifier(table.owner)),)
        case subcommand if subcommand in _ONE_TRIGGER and not table.children:
            found = next((t for t in table.triggers if t.name == named(statement.sql)), None)
            return (_switched(name, found),) if found is not None else None
        case _:
            return None


def trigger(catalog: Catalog, table: RelationName, name: str) -> Trigger | None:
    """Return the trigger of a table, or None."""
    found = catalog.table(table)
    return next((t for t in found.triggers if t.name == name), None) if found is not None else None


def _switched(table: RelationName, found: Trigger) -> str:
    return compose(_TRIGGER_IS[found.enabled], table=table, name=Identifier(found.name))


def _identity_as_found(table: Table) -> tuple[str, ...] | None:
    if table.replica_identity != "i":
        return (compose(_IDENTITY_IS[table.replica_identity], table=table.name),)
    index = next((i.name.name for i in table.indexes if i.replica_identity), None)
    template = "ALTER TABLE {table} REPLICA IDENTITY USING INDEX {index}"
    return (compose(template, table=table.name, index=Identifier(index)),) if index is not None else None
