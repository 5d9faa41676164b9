"""What the doctor says of a database: one diagnosis for each thing it looked at."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    """How it stands, best first."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"

    @property
    def severity(self) -> int:
        """Place in the order above."""
        return list(Health).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """One thing that was looked at.

    Attributes:
        subject: what it is about, in a word or two with hyphens; the same in every version.
        health: problem where a deploy would be refused or could do harm; warning where it may have to wait, or where
            something beside it needs care.
        what: what was found, in a sentence or two.
        do: what to do about it; None where nothing is to be done.
    """

    subject: str
    health: Health
    what: str
    do: str | None = None


def fine(subject: str, what: str) -> Diagnosis:
    """Return that nothing is to be done."""
    return Diagnosis(subject=subject, health=Health.OK, what=what)


def warning(subject: str, what: str, do: str) -> Diagnosis:
    """Return what may make a deploy wait, or needs care."""
    return Diagnosis(subject=subject, health=Health.WARNING, what=what, do=do)


def problem(subject: str, what: str, do: str) -> Diagnosis:
    """Return what a deploy would be refused for, or could do harm."""
    return Diagnosis(subject=subject, health=Health.PROBLEM, what=what, do=do)


NAMED = 4


def named(names: Iterable[object]) -> str:
    """Return "a, b and c": at most four of them by name, the others counted."""
    words = [str(name) for name in names]
    if len(words) > NAMED:
        words[NAMED:] = [f"{len(words) - NAMED} more"]
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
