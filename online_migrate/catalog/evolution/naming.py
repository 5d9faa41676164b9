"""The names that PostgreSQL chooses for constraints, indexes and sequences that have none."""

from collections.abc import Callable, Iterable

_LONGEST = 63  # bytes: NAMEDATALEN - 1


def object_name(first: str, second: str | None, label: str) -> str:
    """Return "first_second_label", the longer part cut so that it fits; makeObjectName of indexcmds.c."""
    one, two = first.encode(), (second or "").encode()
    room = _LONGEST - len(label.encode()) - 1 - (1 if second else 0)
    keep_one, keep_two = len(one), len(two)
    while keep_one + keep_two > room:
        if keep_one > keep_two:
            keep_one -= 1
        else:
            keep_two -= 1
    parts = [_clip(one, keep_one)] + ([_clip(two, keep_two)] if second else []) + [label]
    return "_".join(parts)


def choose(first: str, second: str | None, label: str, taken: Callable[[str], bool]) -> str:
    """Return the first of "..._label", "..._label1", "..._label2" that is not taken."""
    number = 0
    name = object_name(first, second, label)
    while taken(name):
        number += 1
        name = object_name(first, second, f"{label}{number}")
    return name


def joined(columns: Iterable[str]) -> str:
    """Return column names as the middle of a name; PostgreSQL stops adding once it is too long anyway."""
    text = ""
    for column in columns:
        text = f"{text}_{column}" if text else column
        if len(text.encode()) > _LONGEST:
            break
    return text


def distinct(names: Iterable[str]) -> tuple[str, ...]:
    """Return names of index columns, the repeated ones numbered ("expr", "expr1")."""
    found: list[str] = []
    for name in names:
        number, candidate = 0, name
        while candidate in found:
            number += 1
            suffix = str(number)
            candidate = _clip(name.encode(), _LONGEST - len(suffix)) + suffix
        found.append(candidate)
    return tuple(found)


def _clip(text: bytes, length: int) -> str:
    return text[:length].decode(errors="ignore")
