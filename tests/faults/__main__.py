"""`make faults`: workers of a backfill killed at random under traffic; `python -m tests.faults --kills 200`."""

import argparse
import random
import sys

from online_migrate.embedded import THROWAWAY, Server
from tests.faults.kills import KINDS, Outcome, run


def main() -> int:
    """Run each kind, print the table, and return 1 where a row was lost or changed twice."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--kills", type=int, default=60, help="of each kind (default 60)")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with Server.start(settings={**THROWAWAY, "max_connections": "60"}) as server:
        outcomes = [
            run(kind, server.create_database(f"faults_{number}"), kills=given.kills, chance=random.Random(given.seed))
            for number, kind in enumerate(KINDS)
        ]
    print(f"{'fault':52} {'times':>6} {'lost':>6} {'twice':>6}")
    for outcome in outcomes:
        print(f"{outcome.fault:52} {outcome.times:>6} {outcome.lost:>6} {outcome.twice:>6}")
    return 0 if all(map(_is_right, outcomes)) else 1


def _is_right(outcome: Outcome) -> bool:
    return outcome.lost == outcome.twice == 0


if __name__ == "__main__":
    sys.exit(main())
