"""`make oracle`: migrations that nobody thought of, naive and online; `python -m tests.oracle --help`."""

import argparse
import os
import sys
import time
from collections import Counter
from concurrent.futures import Future, ProcessPoolExecutor, as_completed

from online_migrate.embedded import THROWAWAY, Server
from tests.oracle.databases import Databases
from tests.oracle.trial import Defect, Tally, Trial, run, run_releases

CHUNK = 25


def main() -> int:
    """Try so many, show what failed, and return 1 where something did."""
    parser = argparse.ArgumentParser(prog="python -m tests.oracle", description=__doc__)
    parser.add_argument("--sequences", type=int, default=1000, help="of operations (default 1000)")
    parser.add_argument("--releases", type=int, default=100, help="with both versions of the code (default 100)")
    parser.add_argument("--seed", type=int, default=1, help="other seeds give others (default 1)")
    parser.add_argument("--workers", type=int, default=2, help="default 2")
    given = parser.parse_args()
    if url := os.environ.get("ONLINE_MIGRATE_TEST_URL"):
        return _try(url, given)
    with Server.start(settings={**THROWAWAY, "max_connections": "100", "wal_level": "logical"}) as server:
        return _try(server.url(), given)


def _try(url: str, given: argparse.Namespace) -> int:
    began = time.monotonic()
    tallies: list[Tally] = []
    with ProcessPoolExecutor(given.workers) as pool:
        futures: list[Future[Tally]] = []
        for trial, number in ((run, given.sequences), (run_releases, given.releases)):
            for start in range(0, number, CHUNK):
                seed = given.seed * 1_000_000 + start
                futures.append(pool.submit(_chunk, trial, url, min(CHUNK, number - start), seed))
        for future in as_completed(futures):
            tallies.append(future.result())
            print(f"{sum(tally.tried for tally in tallies)} tried, {time.monotonic() - began:.0f} s", flush=True)
    verdicts = [verdict for tally in tallies for verdict in tally.verdicts]
    defects = sum(len(tally.defects) for tally in tallies)
    for reason, number in Counter(v.reason for v in verdicts if v.reason).most_common():
        print(f"refused {number} times: {reason}")
    for end, number in Counter(verdict.end for verdict in verdicts).most_common():
        print(f"{number:>6} {end}")
    print(f"{sum(verdict.undone for verdict in verdicts):>6} aborted on the way, and back at the start")
    print(f"{defects:>6} wrong")
    return 1 if defects else 0


def _chunk(trial: Trial, url: str, number: int, seed: int) -> Tally:
    with Databases(url) as databases:
        return trial(databases, number=number, start=seed, tell=_tell)


def _tell(defect: Defect) -> None:
    print(f"\nWRONG {defect.wrong}\n{defect.sequence}\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
