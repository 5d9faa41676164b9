"""A statement of ours as it reads once relations have other names."""

from collections.abc import Mapping

from online_migrate.grammar.analysis import column_path
from online_migrate.grammar.constraints import definition_of, parse_definition
from online_migrate.grammar.tree import Message, deparse, of_type, pg, statement, string, type_of, unwrap, walk
from online_migrate.plan.names import RelationName

Names = Mapping[RelationName, RelationName]

_OF_ROWS = ("SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt")
_BY_WORDS = ("DropStmt", "CommentStmt")


def moved(sql: str, names: Names) -> str:
    """Return the statement with the new name of each relation in the place of the old one.

    Relations are found where a statement names them with their schema: as a table, as the thing that DROP or COMMENT
    is about, and as the two arguments of format('%I.%I', ...), by which the done-checks name theirs. What an expression
    says of columns stays true: where rows are read, the old name becomes the alias of the new one.
    """
    node = statement(sql)
    _keep_as_aliases(node, names)
    for relation in of_type(node, "RangeVar"):
        if (new := names.get(_name(relation))) is not None:
            relation.schemaname, relation.relname = new.schema, new.name
    if type_of(node) in _BY_WORDS:
        for words in of_type(node, "List"):
            _replace(words.items, names)
    for call in of_type(node, "FuncCall"):
        _replace_arguments(call, names)
    return deparse(node)


def moved_definition(definition: str, names: Names) -> str:
    """Return what follows ADD CONSTRAINT name, with the new name of the table that a foreign key refers to."""
    node = parse_definition(definition)
    for relation in of_type(node, "RangeVar"):
        if (new := names.get(_name(relation))) is not None:
            relation.schemaname, relation.relname = new.schema, new.name
    return definition_of(node)


def _keep_as_aliases(node: Message, names: Names) -> None:
    for rows in (found for found in walk(node) if found.DESCRIPTOR.name in _OF_ROWS):
        for relation in of_type(rows, "RangeVar"):
            if _name(relation) in names and not relation.HasField("alias"):
                relation.alias.CopyFrom(pg.Alias(aliasname=relation.relname))
    for reference in of_type(node, "ColumnRef"):
        path = column_path(reference)
        if len(path) > 2 and RelationName(*path[:2]) in names:
            del reference.fields[0]


def _name(relation: Message) -> RelationName:
    return RelationName(relation.schemaname, relation.relname)


def _replace(words: Message, names: Names) -> None:
    texts = [node.string.sval for node in words[:2]]
    new = names.get(RelationName(*texts)) if len(texts) == 2 else None
    if new is not None:
        words[0].CopyFrom(string(new.schema))
        words[1].CopyFrom(string(new.name))


def _replace_arguments(call: Message, names: Names) -> None:
    """format('%I.%I', schema, name)"""
    texts = [getattr(unwrap(node), "sval", pg.String()).sval for node in call.args if type_of(node) == "A_Const"]
    if len(texts) != 3 or texts[0] != "%I.%I":
        return
    new = names.get(RelationName(*texts[1:]))
    if new is not None:
        call.args[1].a_const.sval.sval, call.args[2].a_const.sval.sval = new.schema, new.name
