"""Every kind of fault."""

from tests.faults import kills, locks, network, runners, server, sessions
from tests.faults.model import Fault

FAULTS: tuple[Fault, ...] = (
    *kills.FAULTS,
    *sessions.FAULTS,
    *server.FAULTS,
    *network.FAULTS,
    *locks.FAULTS,
    *runners.FAULTS,
)
