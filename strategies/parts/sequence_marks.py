"""What a sequence has beside its numbers, for another that takes its place or stands beside it."""

from collections.abc import Iterator

from online_migrate.catalog.model import SequenceOptions
from online_migrate.grammar.compose import Identifier, Literal, Part, compose
from online_migrate.plan.names import RelationName


def of(sequence: RelationName, options: SequenceOptions) -> Iterator[str]:
    """Yield the statements that give a sequence the comment and the rights of another."""
    if options.comment is not None:
        template = "COMMENT ON SEQUENCE {sequence} IS {comment}"
        yield compose(template, sequence=sequence, comment=Literal(options.comment))
    for grant in options.grants:
        rights = {"select": "SELECT", "usage": "USAGE", "update": "UPDATE"}
        template = "GRANT " + rights[grant.privilege] + " ON SEQUENCE {sequence} TO "
        template += "PUBLIC" if grant.role is None else "{role}"
        template += " WITH GRANT OPTION" if grant.grantable else ""
        parts: dict[str, Part] = {"sequence": sequence, "role": Identifier(grant.role or "PUBLIC")}
        yield compose(template, **parts)
