"""Every kind of fault."""

from tests.faults import batches, disk, kills, locks, network, pooler, replicas, runners, server, sessions
from tests.faults.model import Fault

FAULTS: tuple[Fault, ...] = (
    *kills.FAULTS,
    *batches.FAULTS,
    *sessions.FAULTS,
    *server.FAULTS,
    *network.FAULTS,
    *pooler.FAULTS,
    *disk.FAULTS,
    *replicas.FAULTS,
    *locks.FAULTS,
    *runners.FAULTS,
)
