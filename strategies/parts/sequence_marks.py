"""What a sequence has beside its numbers, for another that takes its place or stands beside it."""

from collections.abc import Iterator
from typing import LiteralString

from online_migrate.catalog.model import SequenceOptions
from online_migrate.grammar.compose import Literal, compose
from online_migrate.plan.names import RelationName
from online_migrate.strategies.parts.second_names import granted

_GRANT: dict[str, LiteralString] = {
    "select": "GRANT SELECT ON SEQUENCE {sequence} TO ",
    "usage": "GRANT USAGE ON SEQUENCE {sequence} TO ",
    "update": "GRANT UPDATE ON SEQUENCE {sequence} TO ",
}


def of(sequence: RelationName, options: SequenceOptions) -> Iterator[str]:
    """Yield the statements that give a sequence the comment and the rights of another."""
    if options.comment is not None:
        template = "COMMENT ON SEQUENCE {sequence} IS {comment}"
        yield compose(template, sequence=sequence, comment=Literal(options.comment))
    for grant in options.grants:
        yield granted(_GRANT[grant.privilege], grant.role, grantable=grant.grantable, sequence=sequence)
