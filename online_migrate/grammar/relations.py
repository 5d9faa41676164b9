"""Which relations a statement names, and giving every one of them its schema."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from online_migrate.grammar.tree import Message, children, pg, string, type_of, unique, unwrap, words
from online_migrate.plan.names import RelationName

Resolve = Callable[[str | None, str], RelationName]
"""Gives a name its schema: the schema as written or None, and the name. Also asked for names that do not exist yet."""

TEMPORARY_SCHEMA = "pg_temp"

_WRITES = ("InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt")
# The field that holds what a statement is about, where it is not the first in the tree.
_FIRST = {**dict.fromkeys(_WRITES, "relation"), "CreateTableAsStmt": "into", "SelectStmt": "into_clause"}
_RELATION_OBJECTS = (
    pg.OBJECT_TABLE,
    pg.OBJECT_INDEX,
    pg.OBJECT_VIEW,
    pg.OBJECT_MATVIEW,
    pg.OBJECT_SEQUENCE,
    pg.OBJECT_FOREIGN_TABLE,
)
# Objects of these types are named by their table and a last word of their own.
_PARTS_OF_RELATIONS = (
    pg.OBJECT_COLUMN,
    pg.OBJECT_TABCONSTRAINT,
    pg.OBJECT_TRIGGER,
    pg.OBJECT_RULE,
    pg.OBJECT_POLICY,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """One relation that a statement names, and whether it is the target of INSERT, UPDATE, DELETE or MERGE."""

    name: RelationName
    written: bool


def name_of(range_var: pg.RangeVar) -> RelationName:
    """Return the name of a qualified RangeVar; one without a schema is temporary."""
    return RelationName(range_var.schemaname or TEMPORARY_SCHEMA, range_var.relname)


def qualify(statement: Message, resolve: Resolve) -> tuple[Mention, ...]:
    """Write the schema into every relation a statement names, in place, and return them in the order they stand.

    Left alone: names of common table expressions, temporary tables being created, the aliases of FOR UPDATE OF,
    and what stands inside CREATE SCHEMA.
    """
    qualifier = _Qualifier(resolve)
    qualifier.visit(statement, frozenset())
    return tuple(qualifier.mentions)


def names(mentions: Iterable[Mention]) -> tuple[RelationName, ...]:
    """Return the relations once each."""
    return unique(mention.name for mention in mentions)


class _Qualifier:
    def __init__(self, resolve: Resolve) -> None:
        self._resolve = resolve
        self.mentions: list[Mention] = []

    def visit(self, node: Message, ctes: frozenset[str]) -> None:
        node = unwrap(node)
        kind = type_of(node)
        if kind == "RangeVar":
            self._range_var(node, ctes, written=False)
            return
        if kind in ("LockingClause", "CreateSchemaStmt") or _is_type(node, kind):
            return
        if kind == "DefElem" and node.defname == "owned_by":
            self._words(node.arg, own=1)
            return
        self._named_by_words(node, kind)
        first = _FIRST.get(kind)
        if kind in _WRITES:
            # The target of a data-changing statement is never a common table expression.
            self._range_var(node.relation, frozenset(), written=True)
        elif first is not None and node.HasField(first):
            self.visit(getattr(node, first), ctes)
        if node_has(node, "with_clause"):
            ctes = self._with(node.with_clause, ctes)
        for name, child in children(node):
            if name not in ("with_clause", first):
                self.visit(child, ctes)

    def _named_by_words(self, node: Message, kind: str) -> None:
        if kind == "DropStmt":
            self._objects(node.objects, node.remove_type)
        elif kind in ("CommentStmt", "SecLabelStmt"):
            self._objects([node.object], node.objtype)

    def _with(self, clause: pg.WithClause, ctes: frozenset[str]) -> frozenset[str]:
        if clause.recursive:
            ctes |= {cte.common_table_expr.ctename for cte in clause.ctes}
        for cte in clause.ctes:
            self.visit(cte, ctes)
            ctes |= {cte.common_table_expr.ctename}
        return ctes

    def _range_var(self, node: pg.RangeVar, ctes: frozenset[str], written: bool) -> None:
        if not node.schemaname and node.relname in ctes:
            return
        if node.relpersistence == "t":
            name = name_of(node)
        else:
            name = self._resolve(node.schemaname or None, node.relname)
            node.schemaname, node.relname = name.schema, name.name
        self.mentions.append(Mention(name=name, written=written))

    def _objects(self, objects: Iterable[Message], object_type: int) -> None:
        for item in objects:
            if object_type in _RELATION_OBJECTS:
                self._words(item, own=0)
            elif object_type in _PARTS_OF_RELATIONS:
                self._words(item, own=1)

    def _words(self, node: Message, own: int) -> None:
        """Qualify [schema,] relation followed by as many `own` words of a part of it."""
        items = unwrap(node).items
        parts = words(items)
        if len(parts) <= own:
            return
        schema, relation = ([None, *parts])[-2 - own : len(parts) + 1 - own]
        name = self._resolve(schema, relation or "")
        if name.schema != TEMPORARY_SCHEMA:
            rest = parts[len(parts) - own :]
            del items[:]
            items.extend(string(word) for word in (name.schema, name.name, *rest))
        self.mentions.append(Mention(name=name, written=False))


def node_has(node: Message, field_name: str) -> bool:
    """Whether a message has a field of that name and it is set."""
    return field_name in node.DESCRIPTOR.fields_by_name and node.HasField(field_name)


def _is_type(node: Message, kind: str) -> bool:
    """Whether ALTER TABLE or RENAME is about a composite type, whose name is looked up among types."""
    if kind == "AlterTableStmt":
        return bool(node.objtype == pg.OBJECT_TYPE)
    return kind == "RenameStmt" and node.rename_type in (pg.OBJECT_ATTRIBUTE, pg.OBJECT_TYPE)
