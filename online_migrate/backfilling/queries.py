"""The fixed SQL of the engine, one statement per file."""

from functools import cache
from importlib import resources


@cache
def query(name: str) -> bytes:
    """Return the text of sql/<name>.sql; parameters are $1, $2 (for a raw cursor)."""
    return resources.files(__package__).joinpath("sql", f"{name}.sql").read_bytes()
