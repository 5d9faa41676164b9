"""The fixed SQL of the execution, one file each."""

from functools import cache
from importlib.resources import files


@cache
def query(name: str) -> bytes:
    """Return the text of sql/<name>.sql; its values are bound, never edited in."""
    return files(__package__).joinpath("sql", f"{name}.sql").read_bytes()
