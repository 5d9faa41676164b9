"""The `[tool.online-migrate]` table of pyproject.toml: the settings of the policy, by their own names."""

import tomllib
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from online_migrate.errors import UsageError
from online_migrate.policy import Policy

TABLE = "online-migrate"
LEAST = {"lock_total_s": 0}
"""The least value of a setting that is a number; 1 for the others, since PostgreSQL takes 0 for no limit."""


class ConfigurationError(UsageError):
    """`[tool.online-migrate]` holds something that is no setting, or a value of the wrong kind."""


def read_policy(directory: Path) -> Policy:
    """Return the policy that the pyproject.toml of a directory (or of one above it) asks for.

    Raises:
        ConfigurationError: an unknown setting, a value of the wrong type, or a file that is no TOML.
    """
    files = (folder / "pyproject.toml" for folder in (directory, *directory.parents))
    file = next((f for f in files if f.is_file()), None)
    if file is None:
        return Policy()
    try:
        settings: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {}).get(TABLE, {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file} cannot be read: {error}.", hint="Correct the file.") from None
    known = {f.name: f.type for f in fields(Policy)}
    for name, value in settings.items():
        if name not in known:
            raise ConfigurationError(
                f"{file}: [tool.{TABLE}] has no setting {name!r}.", hint=f"Settings: {', '.join(sorted(known))}."
            )
        if type(value) is not known[name]:
            kind = getattr(known[name], "__name__", str(known[name]))
            raise ConfigurationError(f"{file}: {name} must be of type {kind}, not {value!r}.", hint="Correct it.")
        if type(value) is int and value < LEAST.get(name, 1):
            raise ConfigurationError(
                f"{file}: {name} must be {LEAST.get(name, 1)} at least, not {value}.", hint="Correct it."
            )
    return replace(Policy(), **settings)
