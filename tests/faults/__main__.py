"""`make faults`: a deploy with every kind of step under traffic, struck by every kind of fault, and what was lost.

python -m tests.faults [--only NAME] [--times N] [--quick] [--seed N]
"""

import argparse
import random
import sys

from online_migrate.clock import SystemClock
from tests.faults.model import Fault, Tally
from tests.faults.registry import FAULTS
from tests.faults.stand import Stand, stand

ROW = "{:<58} {:>6} {:>6} {:>8} {:>8} {:>6}"


def main() -> int:
    """Make the faults happen, print the table, and return 1 where anything came of one."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    names = [fault.name for fault in FAULTS]
    parser.add_argument("--only", action="append", choices=names, metavar="NAME", help=f"of {', '.join(names)}")
    parser.add_argument("--times", type=int, help="how often each, instead of its own number")
    parser.add_argument("--quick", action="store_true", help="a few of each")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    chosen = [fault for fault in FAULTS if not given.only or fault.name in given.only]
    tallies: list[Tally] = []
    _print("fault", "times", "lost", "wrong", "needed a", "")
    _print("", "", "rows", "schemas", "person", "s")
    with stand() as here:
        for fault in chosen:
            times = given.times or (fault.few if given.quick else fault.times)
            tallies.append(_strike(here, fault, times, given.seed))
    total = sum(tally.times for tally in tallies)
    _print(
        "in all", total, *(sum(getattr(tally, name) for tally in tallies) for name in ("lost", "wrong", "person")), ""
    )
    return 0 if all(tally.is_right for tally in tallies) else 1


def _strike(here: Stand, fault: Fault, times: int, seed: int) -> Tally:
    clock = SystemClock()
    started = clock.now()
    tally = fault.strike(here, times, random.Random(f"{fault.name} {seed}"))
    _print(fault.what, tally.times, tally.lost, tally.wrong, tally.person, round(clock.now() - started))
    if tally.skipped:
        print(f"    not tried: {tally.skipped}", flush=True)
    for words in tally.said:
        print(f"    {words}", flush=True)
    return tally


def _print(*cells: object) -> None:
    print(ROW.format(*map(str, cells)).rstrip(), flush=True)


if __name__ == "__main__":
    sys.exit(main())
