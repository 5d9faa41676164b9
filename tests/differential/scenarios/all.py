"""Every scenario."""

from tests.differential.scenarios.columns import COLUMNS
from tests.differential.scenarios.constraints import CONSTRAINTS
from tests.differential.scenarios.names import NAMES
from tests.differential.scenarios.objects import OBJECTS
from tests.differential.scenarios.rows import ROWS
from tests.differential.scenarios.tables import TABLES

SCENARIOS = (*COLUMNS, *CONSTRAINTS, *TABLES, *ROWS, *OBJECTS, *NAMES)
