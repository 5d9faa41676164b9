"""What a statement of SQL is about, where only the catalog can tell."""

from collections.abc import Sequence

from online_migrate.catalog.model import Catalog
from online_migrate.catalog.resolve import resolver
from online_migrate.grammar.read import read
from online_migrate.grammar.statements import RenameIndex, RenameSequence, RenameTable, SetSchema, Statement
from online_migrate.plan.names import RelationName


def meaning_of(sql: str, catalog: Catalog, search_path: Sequence[str]) -> Statement:
    """Return what one statement does on a catalog, its names looked up under a search_path.

    ALTER TABLE also renames sequences and indexes, and Alembic's `rename_table` is used for both.

    Raises:
        SqlSyntaxError: the text is not one statement.
    """
    statement = read(sql, resolver(catalog, search_path))
    match statement:
        case RenameTable(table=name, new_name=new) if name in catalog.sequences:
            return RenameSequence(sql=statement.sql, sequence=name, new=RelationName(name.schema, new))
        case SetSchema(table=name, schema=schema) if name in catalog.sequences:
            return RenameSequence(sql=statement.sql, sequence=name, new=RelationName(schema, name.name))
        case RenameTable(table=name, new_name=new) if catalog.index_table(name) is not None:
            return RenameIndex(sql=statement.sql, index=name, new_name=new)
        case _:
            return statement
