"""All ways that a revision can go, depending on rows it reads. Only for the isolated process."""

from collections.abc import Callable
from dataclasses import dataclass

from online_migrate.errors import RevisionFailed
from online_migrate.grammar.effects import Effect, effects_of
from online_migrate.sources.recorder import Recorder
from online_migrate.sources.records import Record, Stopped
from online_migrate.sources.unknown import MOST_WAYS, Choices


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """A revision raised; `deliberate` where its own code chose to, as a guard does."""

    failure: RevisionFailed
    deliberate: bool


Ending = Stopped | Raised | None
"""How one attempt to record a revision ended; None if it came to its end."""


Again = Callable[[Choices | None], Ending]
"""Runs a revision once more, with choices, or with the rows of the database where there are none."""


def all_ways(again: Again, first: Ending, recorder: Recorder) -> Stopped | None:
    """Return why a revision that reads rows cannot be recorded; None if it does the same whatever the rows are.

    A way that ends in a refusal of the revision's own does not count, if with the rows of today it is not refused and
    nothing is lost where it would be refused at the deploy: no rows are changed, nothing is dropped.

    Args:
        again: runs the revision.
        first: how it ended with no choice prescribed.
        recorder: has the records and choices of the last run.

    Raises:
        RevisionFailed: it refuses the rows that are in the database now.
    """
    depends, ending = recorder.depends, first
    assert depends is not None
    found: list[Record] | None = None
    same: tuple[int, ...] = ()
    guarded = False
    for _ in range(MOST_WAYS):
        choices = recorder.choices
        assert choices is not None
        match ending:
            case Stopped():
                return ending
            case Raised(deliberate=False):
                return depends
            case Raised():
                guarded = True
            case _ if found is None:
                found, same = recorder.records, choices.options()
            case _ if found != recorder.records:
                return depends
        following = choices.following()
        if following is None:
            break
        ending = again(Choices(following))
    else:
        return depends
    if found is None or (guarded and any(map(_loses, found))):
        return depends
    if guarded and (refused := _with_rows_of_today(again, recorder, found, depends)):
        return refused
    again(Choices(same))  # ends as before, and leaves its records and settings behind
    return None


def _with_rows_of_today(again: Again, recorder: Recorder, found: list[Record], depends: Stopped) -> Stopped | None:
    ending = again(None)
    if isinstance(ending, Raised):
        raise ending.failure
    return ending or (None if recorder.records == found else depends)


def _loses(record: Record) -> bool:
    return any(part.removes or part.effect not in (Effect.SCHEMA, Effect.SETTING) for part in effects_of(record.sql))
