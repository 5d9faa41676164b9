"""One sequence after the other: made up, carried out twice, judged; what fails is made short and told."""

import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from online_migrate.errors import OnlineMigrateError
from tests.oracle import generator, releases, sequence, two_versions
from tests.oracle.databases import Databases
from tests.oracle.judge import Verdict, judge
from tests.oracle.minimise import minimise
from tests.oracle.scene import Choices, Draw, NothingThere
from tests.oracle.sequence import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """A sequence that did not end as it should, made short, and what was wrong."""

    sequence: str
    wrong: str


@dataclass(slots=True)
class Tally:
    """What came of the sequences."""

    verdicts: list[Verdict] = field(default_factory=list)
    defects: list[Defect] = field(default_factory=list)

    @property
    def tried(self) -> int:
        """How many there were."""
        return len(self.verdicts) + len(self.defects)


class Trial(Protocol):
    """Makes up so many of something and judges each; the same start gives the same ones."""

    def __call__(self, databases: Databases, *, number: int, start: int, tell: Callable[[Defect], None]) -> Tally:
        """Return what came of them; each defect is told at once."""
        ...


def run(databases: Databases, *, number: int, start: int, tell: Callable[[Defect], None]) -> Tally:
    """Make up and judge so many sequences; the same start gives the same ones."""
    tally = Tally()

    def each(draw: Draw) -> None:
        with databases.one() as scratch:
            made = generator.make(draw, scratch)
        try:
            tally.verdicts.append(carry_out(databases, made))
        except Exception as error:  # noqa: BLE001  (whatever it is, it is a defect)
            tally.defects.append(_shortened(databases, made, error))
            tell(tally.defects[-1])

    _made_up(each, number=number, start=start)
    return tally


def run_releases(databases: Databases, *, number: int, start: int, tell: Callable[[Defect], None]) -> Tally:
    """Make up so many releases, and deploy each while both versions of the code run."""
    tally = Tally()

    def each(draw: Draw) -> None:
        try:
            release = releases.make(Choices(draw=draw))
        except NothingThere:
            return
        with databases.pair() as pair, tempfile.TemporaryDirectory() as directory:
            try:
                two_versions.judge(release, pair.online, pair.url, Path(directory))
                tally.verdicts.append(Verdict(end="both worked"))
            except Exception as error:  # noqa: BLE001
                tally.defects.append(Defect(sequence=str(release), wrong=_words(error)))
                tell(tally.defects[-1])

    _made_up(each, number=number, start=start)
    return tally


def _made_up(each: Callable[[Draw], None], *, number: int, start: int) -> None:
    """Call it with so many sources of choices."""

    @seed(start)
    @settings(
        max_examples=number,
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data())
    def made_up(data: st.DataObject) -> None:
        each(data.draw)

    made_up()


def carry_out(databases: Databases, tried: Sequence) -> Verdict:
    """Carry a sequence out in two databases, naively and online.

    Raises:
        Exception: see `judge`.
    """
    with databases.pair() as pair, tempfile.TemporaryDirectory() as directory:
        sequence.run_setup(pair.naive, tried.setup)
        sequence.run_setup(pair.online, tried.setup)
        error = sequence.run_as_written(pair.naive, tried.revisions)
        if error is not None and not sequence.refused_by_rows(error):
            return Verdict(end="no migration")
        return judge(tried, pair, Path(directory), doomed=error is not None)


def _shortened(databases: Databases, made: Sequence, first: Exception) -> Defect:
    last = first

    def fails(shorter: Sequence) -> bool:
        nonlocal last
        try:
            carry_out(databases, shorter)
        except Exception as error:  # noqa: BLE001
            if sign(error) == sign(first):
                last = error
                return True
        return False

    return Defect(sequence=str(minimise(made, fails)), wrong=_words(last))


def sign(error: Exception) -> str:
    """Return what two failures of the same kind have in common: all but names and numbers."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    words = " ".join(str(error).splitlines()[:2]).split(" ")
    return " ".join([type(error).__name__, place.name, *(word for word in words if word.isalpha())][:9])


def _words(error: Exception) -> str:
    if isinstance(error, AssertionError | OnlineMigrateError):
        return f"{type(error).__name__}: {error}"
    return "".join(traceback.format_exception(error, limit=-4, chain=False))
