"""What statements about types, views and the rest touch."""

from online_migrate.catalog.model import Catalog
from online_migrate.grammar import statements as s
from online_migrate.grammar.names import words_in_body
from online_migrate.grammar.predicates import comments_on_part, grantees
from online_migrate.plan.names import RelationName
from online_migrate.planner.objects import OBJECT, REMOVED, WORD, exists_of, read_by
from online_migrate.planner.paths import BARRIER, Paths, Touches

# What an UPDATE before or after them does is another thing.
_CHANGE_ROWS = frozenset({"trigger", "rule"})
_RELATIONS = frozenset({"view", "materialized_view", "sequence", "foreign_table"})


def create_type(statement: s.CreateType, catalog: Catalog) -> Touches:
    """CREATE TYPE."""
    return Touches(writes=frozenset({(OBJECT, statement.name.name)}))


def add_enum_value(statement: s.AddEnumValue, catalog: Catalog) -> Touches:
    """ALTER TYPE ... ADD VALUE."""
    return Touches(writes=frozenset({(OBJECT, statement.type.name)}))


def rename_enum_value(statement: s.RenameEnumValue, catalog: Catalog) -> Touches:
    """ALTER TYPE ... RENAME VALUE."""
    # What says the new word of a column need not name its type.
    enum = catalog.types.get(statement.type)
    columns = frozenset((t, "column", c) for t, c in enum.used_by) if enum is not None else frozenset()
    return Touches(writes=columns | {(OBJECT, statement.type.name)})


def alter_domain(statement: s.AlterDomain, catalog: Catalog) -> Touches:
    """ALTER DOMAIN."""
    user_type = catalog.types.get(statement.domain)
    used_by = user_type.used_by if user_type is not None else ()
    reads = frozenset((table, "rows", column) for table, column in used_by)
    return Touches(reads=reads, writes=frozenset({(OBJECT, statement.domain.name)}))


def other(statement: s.Other, catalog: Catalog) -> Touches:
    """Statements without a class."""
    named = statement.relations
    if statement.opaque or not (named or statement.object_name):
        return BARRIER
    # An index is there once its table is.
    owners = [owner.name for owner in map(catalog.index_table, named) if owner is not None]
    reads = frozenset(path for r in (*named, *owners) for path in (*exists_of(r), (r, "column")))
    if statement.tag in ("grant", "revoke"):
        on: tuple[RelationName | str, ...] = named or (*catalog.tables, statement.object_name or "")
        return Touches(reads=reads, writes=frozenset((r, "rights", g) for r in on for g in grantees(statement.sql)))
    if statement.tag == "comment":
        # It may be on a constraint, also on the one that NOT NULL is from 18 on.
        parts = ("constraint", "nullability", "trigger", "policy", "rule") if comments_on_part(statement.sql) else ()
        return Touches(reads=reads | {(r, part) for r in named for part in parts})
    verb, _, word = statement.tag.partition("_")
    if named and word in _RELATIONS:
        seen_by = {(name, "dependents") for name in read_by(named[0], catalog)}
        removed = frozenset({(REMOVED, str(named[0]))} if verb == "drop" else set())
        return Touches(reads=reads - exists_of(named[0]), writes=removed | seen_by | {(named[0],)})
    if word == "publication":
        # From then on a table without a key takes no UPDATE or DELETE.
        reads |= {(r, part) for r in named for part in ("rows", "keys")}
    if named:
        words = {word, "rows"} if word in _CHANGE_ROWS else {word}
        writes = {(r, w) for r in named for w in words} | {(REMOVED, statement.sql)}
        return Touches(reads=reads, writes=frozenset(writes))
    name = (statement.object_name or "").rpartition(".")[2]
    others: Paths = frozenset({(REMOVED,)} if verb == "drop" else set())
    if statement.tag in ("create_function", "create_procedure"):
        others = frozenset((WORD, word) for word in words_in_body(statement.sql))
    return Touches(reads=others, writes=frozenset({(OBJECT, name)}))
