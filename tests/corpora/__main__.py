"""Whole migration histories of real applications, naive and online, compared after every revision."""

import argparse
import sys
import time

from online_migrate.embedded import THROWAWAY, Server
from tests.corpora.corpus import CORPORA, Corpus, install
from tests.corpora.walk import Outcome, Walk, as_written, naive, online

DEPLOYS = {"as-written": as_written, "online": online, "naive": naive}
SETTINGS = {**THROWAWAY, "shared_buffers": "256MB", "max_locks_per_transaction": "256"}


def main() -> int:
    """Walk the chosen histories and return 1 when any revision did not end the same."""
    parser = argparse.ArgumentParser(prog="python -m tests.corpora", description=__doc__)
    parser.add_argument("corpora", nargs="*", choices=[*CORPORA, []], help="all of them when none is named")
    parser.add_argument("--rows", type=int, default=1000, help="rows that every table has before each revision")
    parser.add_argument("--no-empty", action="store_true", help="leave out the walk over empty tables")
    parser.add_argument(
        "--deploy",
        choices=DEPLOYS,
        help="with strategies on small tables too, without options, or by plain Alembic, which tries the harness itself"
        " (default: filled tables online, empty tables as-written)",
    )
    parser.add_argument("--only", metavar="REVISION", action="append", help="compare only these revisions")
    parser.add_argument(
        "--downgrades", type=int, default=0, metavar="N", help="take the last N revisions back, and compare only that"
    )
    parser.add_argument("--trace", action="store_true", help="show the whole trace of what failed")
    chosen = parser.parse_args()
    good = True
    with Server.start(settings=SETTINGS) as server:
        for corpus in [CORPORA[name] for name in chosen.corpora or CORPORA]:
            for rows in sorted({0 if not chosen.no_empty else chosen.rows, chosen.rows}):
                good &= _walk(server, corpus, rows, chosen)
    return 0 if good else 1


def _walk(server: Server, corpus: Corpus, rows: int, chosen: argparse.Namespace) -> bool:
    how = chosen.deploy or ("online" if rows else "as-written")
    way = f", the last {chosen.downgrades} revisions taken back" if chosen.downgrades else ""
    print(f"\n{corpus.name}{way}, {f'{rows} rows in every table' if rows else 'empty tables'}, {how}", flush=True)
    environment = install(corpus)
    began = time.monotonic()
    only = frozenset(chosen.only) if chosen.only else None
    walk = Walk(environment, server, rows=rows, deploy=DEPLOYS[how], only=only, downgrades=chosen.downgrades)
    outcomes = []
    for outcome in walk.run():
        outcomes.append(outcome)
        _tell(outcome, trace=chosen.trace)
    same = sum(outcome.same for outcome in outcomes)
    print(
        f"  {len(outcomes)} revisions, {same} the same,"
        f" {sum(outcome.refused is not None for outcome in outcomes)} without rows;"
        f" naive {sum(outcome.naive_s for outcome in outcomes):.1f} s,"
        f" deployed {sum(outcome.online_s for outcome in outcomes):.1f} s, in all {time.monotonic() - began:.0f} s"
    )
    planned = [outcome for outcome in outcomes if outcome.uncaptured is not None]
    if planned:
        captured = sum(not outcome.uncaptured for outcome in planned)
        others = "; the others run Python:" if captured < len(planned) else ""
        print(f"  {captured} of {len(planned)} revisions captured as operations{others}")
    for outcome in planned:
        for reason in outcome.uncaptured or ():
            print(f"    {outcome.revision}: {reason}")
    return same == len(outcomes)


def _tell(outcome: Outcome, *, trace: bool) -> None:
    """Say how one revision went."""
    print(f"  {outcome.revision}: naive {outcome.naive_s:.1f} s, deployed {outcome.online_s:.1f} s")
    for line in outcome.unfilled:
        print(f"    no rows in {line.table}: {line.reason}")
    if outcome.refused:
        print(f"    run without rows, Alembic fails on ours: {outcome.refused}")
    if outcome.failed:
        print(f"    FAILED: {outcome.failed}")
    for difference in outcome.differences[:10]:
        print(f"    DIFFERS: {difference}")
    if trace and outcome.trace:
        print(outcome.trace)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
