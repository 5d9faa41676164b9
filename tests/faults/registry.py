"""Every kind of fault."""

from tests.faults import kills
from tests.faults.model import Fault

FAULTS: tuple[Fault, ...] = (*kills.FAULTS,)
