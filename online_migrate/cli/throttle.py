"""`online-migrate throttle`."""

import re

import click

from online_migrate.backfilling.control import throttled
from online_migrate.cli.location import find_location
from online_migrate.cli.main import Settings
from online_migrate.cli.steering import operator, tell
from online_migrate.execution import steering

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def duration(text: str) -> float:
    """Return the seconds of "90s", "30m", "2h", "1d"."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd])", text)
    if found is None or not float(found[1]):
        raise click.BadParameter(f"write 90s, 30m, 2h or 1d, not {text!r}.")
    return float(found[1]) * _UNITS[found[2]]


@click.command("throttle")
@click.option(
    "--ratio",
    required=True,
    type=click.FloatRange(0, 1, max_open=True),
    metavar="SHARE",
    help="Share of the time to rest: 0.8 works a fifth of the time, 0 takes it back.",
)
@click.option("--for", "seconds", type=duration, metavar="TIME", help="It ends by itself after 90s, 30m, 2h, 1d.")
@click.pass_obj
def command(settings: Settings, /, ratio: float, seconds: float | None) -> None:
    """Make the backfills of a deploy rest more.

    The limits of pacing hold beside it: the slower of both counts.
    """
    given = steering.throttle(find_location(settings).database, ratio, by=operator(), seconds=seconds)
    words = throttled(ratio, given.control.throttle_until) if ratio else "no longer throttled"
    tell(given, f"is {words}", follow="It holds from its next batch on.")
