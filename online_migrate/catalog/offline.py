"""A catalog where there is no database to read: empty, with PostgreSQL's own functions known."""

import tomllib
from importlib.resources import files

from online_migrate.catalog.model import Catalog

SERVER_VERSION = "18"


def empty_catalog() -> Catalog:
    """Return the catalog of an empty database of the newest PostgreSQL that is supported."""
    text = files("online_migrate.catalog").joinpath("builtin_functions.toml").read_text(encoding="utf-8")
    known = tomllib.loads(text)
    volatility = dict.fromkeys(known["immutable"], "i") | dict.fromkeys(known["stable"], "s")
    return Catalog(server_version=SERVER_VERSION, server_version_num=180000, volatility=volatility)
