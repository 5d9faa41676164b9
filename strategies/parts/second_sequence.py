"""A sequence under the name that another had, until contract: the two give out every other number."""

from collections.abc import Iterator

from online_migrate.catalog.model import SequenceOptions
from online_migrate.grammar.compose import Identifier, Literal, compose
from online_migrate.plan.names import RelationName
from online_migrate.strategies.interface import Facts
from online_migrate.strategies.parts import second_names, sequence_marks


def made(old: RelationName, new: RelationName, options: SequenceOptions, facts: Facts) -> Iterator[str]:
    """Yield the statements after which both count in steps twice as wide, the second one step of before ahead.

    The first locks the sequence (SHARE ROW EXCLUSIVE), so that no number is given between them.
    """
    yield _in_steps(new, 2 * options.increment)
    yield compose(
        "CREATE SEQUENCE {sequence} AS " + options.type + " INCREMENT BY {increment} MINVALUE {minimum}"
        " MAXVALUE {maximum} START WITH {start} CACHE {cache}",
        sequence=old,
        increment=Literal(2 * options.increment),
        minimum=Literal(options.minimum),
        maximum=Literal(options.maximum),
        start=Literal(options.start),
        cache=Literal(options.cache),
    )
    yield compose(
        "SELECT pg_catalog.setval(pg_catalog.format('%I.%I', {schema}, {name})::pg_catalog.regclass,"
        " last_value + {increment}, false) FROM {first}",
        schema=Literal(old.schema),
        name=Literal(old.name),
        increment=Literal(options.increment),
        first=new,
    )
    yield from sequence_marks.of(old, options)
    yield compose("COMMENT ON SEQUENCE {sequence} IS {comment}", sequence=old, comment=second_names.comment(new))
    if options.owner not in ("", facts.catalog.user):
        yield compose("ALTER SEQUENCE {sequence} OWNER TO {owner}", sequence=old, owner=Identifier(options.owner))


def joined(old: RelationName, new: RelationName, options: SequenceOptions) -> Iterator[str]:
    """Yield the statements after which the first gives every number; their locks keep everybody out meanwhile."""
    yield _in_steps(new, options.increment)
    yield _in_steps(old, 2 * options.increment)
    yield compose(
        "SELECT pg_catalog.setval(pg_catalog.format('%I.%I', {schema}, {name})::pg_catalog.regclass, pg_catalog."
        + ("max" if options.increment > 0 else "min")
        + "(last_value)) FROM (SELECT last_value, is_called FROM {first} UNION ALL SELECT last_value, is_called"
        " FROM {second}) AS given WHERE is_called AND EXISTS (SELECT FROM {second} AS o WHERE o.is_called)"
        " HAVING pg_catalog.count(*) > 0",
        schema=Literal(new.schema),
        name=Literal(new.name),
        first=new,
        second=old,
    )
    yield compose("DROP SEQUENCE {sequence}", sequence=old)


def obstacles(options: SequenceOptions | None, facts: Facts) -> Iterator[str]:
    """Yield why there can be no second sequence, the weightiest reason first."""
    if options is None:
        yield "its options are not known"
    elif options.cycle:
        yield "it goes round, so that its numbers are not given once anyway"
    if facts.catalog.flavour not in ("postgresql", "aurora"):
        yield f"sequences are not the same on {facts.catalog.flavour}"


def _in_steps(sequence: RelationName, increment: int) -> str:
    return compose("ALTER SEQUENCE {name} INCREMENT BY {increment}", name=sequence, increment=Literal(increment))
