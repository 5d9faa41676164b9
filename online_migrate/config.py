"""The `[tool.online-migrate]` table of pyproject.toml: the policy's settings by their own names, and `allow`."""

import tomllib
from dataclasses import fields, replace
from datetime import date
from math import inf
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from online_migrate.errors import UsageError
from online_migrate.plan.override import Override, hyphenated
from online_migrate.policy import Policy

TABLE = "online-migrate"
ALLOW = "allow"
PACING = "pacing_"
MAY_BE_0 = frozenset({"lock_total_s", "horizon_wait_s", "keep_dropped_days"})


class ConfigurationError(UsageError):
    """`[tool.online-migrate]` holds something that is no setting, or a value of the wrong kind."""


def read_policy(directory: Path) -> Policy:
    """Return the policy that the pyproject.toml of a directory (or of one above it) asks for.

    Raises:
        ConfigurationError: an unknown setting, a value of the wrong type, or a file that is no TOML.
    """
    file, settings = _settings(directory)
    settings.pop(ALLOW, None)
    return replace(Policy(), **{name: setting(name, value, str(file)) for name, value in settings.items()})


def setting(name: str, value: Any, place: str) -> Any:
    """Return the value of a setting of the policy, checked; a whole number is fine where a fraction may stand.

    Args:
        place: where it was given, for the message.

    Raises:
        ConfigurationError: an unknown setting, or a value of the wrong type or too small.
    """
    known = {f.name: f.type for f in fields(Policy)}
    if name not in known:
        raise ConfigurationError(
            f"{place}: [tool.{TABLE}] has no setting {name!r}.",
            hint=f"Settings: {', '.join(sorted((*known, ALLOW)))}.",
        )
    wanted = known[name]
    if wanted is float and type(value) is int:
        value = float(value)
    if get_origin(wanted) is Literal:
        if value not in get_args(wanted):
            raise ConfigurationError(
                f"{place}: {name} must be one of {', '.join(get_args(wanted))}, not {value!r}.", hint="Correct it."
            )
        return value
    if type(value) is not wanted:
        kind = getattr(wanted, "__name__", str(wanted))
        raise ConfigurationError(f"{place}: {name} must be of type {kind}, not {value!r}.", hint="Correct it.")
    if type(value) in (int, float) and not _least(name) <= value < inf:
        raise ConfigurationError(f"{place}: {name} must be {_least(name):g} at least, not {value}.", hint="Correct it.")
    return value


def _least(name: str) -> float:
    """The least value of a setting that is a number: 1, since PostgreSQL takes 0 for no limit; so do we for pacing."""
    if name == "pacing_query_limit":
        return -inf
    return 0 if name in MAY_BE_0 or name.startswith(PACING) else 1


def read_allowed(directory: Path) -> tuple[Override, ...]:
    """Return the overrides of `[[tool.online-migrate.allow]]`: kind and reason, and table, revision, expires.

    Raises:
        ConfigurationError: an entry lacks kind or reason, has another key, or a value of the wrong type.
    """
    file, settings = _settings(directory)
    entries = settings.get(ALLOW, [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ConfigurationError(f"{file}: allow must be a list of tables.", hint=f"Write [[tool.{TABLE}.allow]].")
    return tuple(_override(entry, f"{file}: entry {number} of allow") for number, entry in enumerate(entries, 1))


def _override(entry: dict[str, Any], place: str) -> Override:
    expected = {"kind": str, "reason": str, "table": str, "revision": str, "expires": date}
    for name, value in entry.items():
        if name not in expected:
            raise ConfigurationError(f"{place} has no key {name!r}.", hint=f"Keys: {', '.join(expected)}.")
        if type(value) is not expected[name]:
            kind = "a date, as 2027-01-31 without quotes" if name == "expires" else "a text"
            raise ConfigurationError(f"{place}: {name} must be {kind}, not {value!r}.", hint="Correct it.")
    for name in ("kind", "reason"):
        if not entry.get(name, "").strip():
            raise ConfigurationError(f"{place} gives no {name}.", hint="Each needs a kind and a reason.")
    return Override(**{**entry, "kind": hyphenated(entry["kind"])}, place=place)


def _settings(directory: Path) -> tuple[Path | None, dict[str, Any]]:
    """Return the nearest pyproject.toml upwards and its table, empty where there is none."""
    files = (folder / "pyproject.toml" for folder in (directory, *directory.parents))
    file = next((f for f in files if f.is_file()), None)
    if file is None:
        return None, {}
    try:
        return file, dict(tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {}).get(TABLE, {}))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file} cannot be read: {error}.", hint="Correct the file.") from None
