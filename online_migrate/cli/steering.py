"""What pause, resume, cancel and throttle have in common: who gives the order, and how it is told."""

import getpass
import socket

from rich.text import Text

from online_migrate.execution.steering import Steered
from online_migrate.reports.progress import make_console
from online_migrate.reports.terminal import print_row

NOBODY = "Nobody runs it now: it holds for the next `online-migrate deploy`."


def operator() -> str:
    """Return who gives an order, "ann@laptop"."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        user = "somebody"
    return f"{user}@{socket.gethostname()}"


def tell(given: Steered, words: str, *, follow: str) -> None:
    """Say what was ordered of which deploy, and what goes with it."""
    console = make_console()
    for line in (f"Deploy {given.deploy_id} {words}.", follow if given.holder else NOBODY):
        print_row(console, "", Text(line), margin=0, width=0)
