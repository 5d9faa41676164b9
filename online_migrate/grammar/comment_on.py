"""What a COMMENT is on, and the same COMMENT with another text."""

from dataclasses import dataclass

from online_migrate.grammar.tree import deparse, pg, statement, unwrap, words
from online_migrate.plan.names import RelationName

_RELATIONS = (
    pg.OBJECT_TABLE,
    pg.OBJECT_VIEW,
    pg.OBJECT_MATVIEW,
    pg.OBJECT_FOREIGN_TABLE,
    pg.OBJECT_INDEX,
    pg.OBJECT_SEQUENCE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Commented:
    """The relation that a comment is on, or on whose column or constraint of this name it is; a sequence or index."""

    relation: RelationName
    column: str | None = None
    constraint: str | None = None


def commented(sql: str) -> Commented | None:
    """Return what a COMMENT is on, names resolved; None for what is neither a relation nor a part of one."""
    node = statement(sql)
    on_part = node.objtype in (pg.OBJECT_COLUMN, pg.OBJECT_TABCONSTRAINT)
    if not on_part and node.objtype not in _RELATIONS:
        return None
    names = words(unwrap(node.object).items)
    return Commented(
        relation=RelationName(*(names[:-1] if on_part else names)),
        column=names[-1] if node.objtype == pg.OBJECT_COLUMN else None,
        constraint=names[-1] if node.objtype == pg.OBJECT_TABCONSTRAINT else None,
    )


def with_comment(sql: str, comment: str | None) -> str:
    """Return the COMMENT with this text; with None the one that removes it."""
    node = statement(sql)
    node.comment = comment or ""
    return deparse(node)
