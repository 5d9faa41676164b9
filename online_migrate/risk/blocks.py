"""DO blocks: what the statements in one do together, and what cannot be known of it."""

from collections.abc import Sequence

from online_migrate.grammar import statements as s
from online_migrate.grammar.kinds import kind_of
from online_migrate.plan.assessment import Compatibility
from online_migrate.risk.effect import Effect, unique
from online_migrate.risk.locks import merge

UNKNOWN = "The rest of it cannot be looked into before it runs"


def block(inner: Sequence[tuple[s.Statement, Effect]], worst: Effect, *, whole: bool, what: str) -> Effect:
    """Return the effect of a DO block, or of a call: all that its statements do, as if each of them ran.

    Args:
        inner: the statements that are known, with the effect of each.
        worst: the effect of the riskiest among them, which gives the block its type.
        whole: nothing else is in it.
        what: the word for it, "block".
    """
    effects = [effect for _, effect in inner]
    opaque = not whole or any(e.opaque for e in effects)
    names = tuple(dict.fromkeys(_words(statement) for statement, _ in inner if not isinstance(statement, s.Select)))
    contains = (f"The {what} runs {', '.join(names)}",) if names else ()
    notes = tuple(dict.fromkeys(note for e in effects for note in e.notes))
    return Effect(
        migration_type="Opaque Code" if opaque else worst.migration_type,
        locks=merge(*(e.locks for e in effects)),
        rewritten=unique(n for e in effects for n in e.rewritten),
        scanned=unique(n for e in effects for n in e.scanned),
        indexed=unique(n for e in effects for n in e.indexed),
        joined=unique(n for e in effects for n in e.joined),
        computed=unique(n for e in effects for n in e.computed),
        changed=unique(n for e in effects for n in e.changed),
        deletes=all(e.deletes for e in effects if e.changed),
        row_triggers=max((e.row_triggers for e in effects), default=0),
        emptied=unique(n for e in effects for n in e.emptied),
        compatibility=_together({e.compatibility for e in effects} - {Compatibility.NONE}),
        data_loss=any(e.data_loss for e in effects),
        notes=(*contains, *notes, *((UNKNOWN,) if opaque else ())),
        opaque=opaque,
    )


def _together(broken: set[Compatibility]) -> Compatibility:
    if len(broken) > 1:
        return Compatibility.BREAKS_BOTH
    return next(iter(broken), Compatibility.NONE)


def _words(statement: s.Statement) -> str:
    kind = kind_of(statement).replace("_", " ").upper()
    match statement:
        case s.TableStatement(table=table) | s.CreateTable(table=table) | s.DropTable(table=table):
            return f"{kind} on {table}"
        case _:
            return kind
