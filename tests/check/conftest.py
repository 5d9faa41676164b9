"""The command line in a directory of its own, as the tests of the command line have it."""

from tests.cli.conftest import maker, run, users

__all__ = ["maker", "run", "users"]
