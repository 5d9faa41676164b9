"""Rows whose values nobody knows before the revision is deployed. Only for the isolated process.

A revision that reads rows of the application is run once for every way its conditions can go. Where all ways record
the same operations, the rows do not matter. Each value answers a comparison both ways; whatever else a revision does
with it, but print it, makes the revision uncaptured.
"""

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

MARK = "online_migrate_unknown_value"
"""What an unknown value is as text; found again in a statement, it gives away that the statement depends on rows."""

MOST_WAYS = 200
_MOST_CHOICES = 40
_NUMBERS_OF_ROWS = (0, 1, 2, 3, 10_000)
_TELLING = (
    *("abs", "add", "and", "bytes", "call", "ceil", "contains", "delitem", "divmod", "enter", "float", "floor"),
    *("floordiv", "fspath", "getitem", "index", "int", "invert", "iter", "len", "lshift", "mod", "mul", "neg"),
    *("next", "or", "pos", "pow", "radd", "rand", "rdivmod", "reversed", "rfloordiv", "rmod", "rmul", "ror", "round"),
    *("rpow", "rshift", "rsub", "rtruediv", "rxor", "setitem", "sub", "truediv", "trunc", "xor", "await", "complex"),
)


class Choices:
    """One way through a revision.

    Attributes:
        taken: of each choice so far, which option was taken of how many.
    """

    def __init__(self, prescribed: Sequence[int] = ()) -> None:
        self.taken: list[tuple[int, int]] = []
        self._prescribed = tuple(prescribed)

    def choose(self, options: int) -> int | None:
        """Return an option, the first one where none is prescribed; None where there have been too many choices."""
        place = len(self.taken)
        if place == _MOST_CHOICES:
            return None
        option = self._prescribed[place] if place < len(self._prescribed) else 0
        self.taken.append((option, options))
        return option

    def options(self) -> tuple[int, ...]:
        """Return what to prescribe in order to go the same way again."""
        return tuple(option for option, _ in self.taken)

    def following(self) -> tuple[int, ...] | None:
        """Return what to prescribe for the next way, None after the last one."""
        taken = list(self.taken)
        while taken:
            option, options = taken.pop()
            if option + 1 < options:
                return (*(earlier for earlier, _ in taken), option + 1)
        return None


class Unknown:
    """A value of a row, or a number of rows."""

    __slots__ = ("_answers", "_choose", "_refuse")
    _answers: dict[str, bool]
    _choose: Callable[[int], int]
    _refuse: Callable[[], NoReturn]

    def __init__(self, choose: Callable[[int], int], refuse: Callable[[], NoReturn]) -> None:
        object.__setattr__(self, "_choose", choose)
        object.__setattr__(self, "_refuse", refuse)
        object.__setattr__(self, "_answers", {})

    def _answer(self, question: str) -> bool:
        """One value answers the same question the same way again."""
        if question not in self._answers:
            self._answers[question] = self._choose(2) == 1
        return self._answers[question]

    def _tell(self, *_arguments: object) -> NoReturn:
        self._refuse()

    __class__ = property(_tell)  # isinstance asks for it

    def __bool__(self) -> bool:
        return self._answer("bool")

    def __eq__(self, other: object) -> bool:
        return self._answer(f"== {other!r}")

    def __hash__(self) -> int:
        return self._refuse()

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __lt__(self, other: object) -> bool:
        return self._answer(f"< {other!r}")

    def __ge__(self, other: object) -> bool:
        return not self < other

    def __gt__(self, other: object) -> bool:
        return self._answer(f"> {other!r}")

    def __le__(self, other: object) -> bool:
        return not self > other

    def __str__(self) -> str:
        return MARK

    __repr__ = __str__

    def __format__(self, _specification: str) -> str:
        return MARK

    def __getattr__(self, _name: str) -> NoReturn:
        self._refuse()

    def __setattr__(self, _name: str, _value: object) -> NoReturn:
        self._refuse()


for _name in _TELLING:
    setattr(Unknown, f"__{_name}__", Unknown._tell)  # noqa: SLF001


def is_unknown(value: object) -> bool:
    """Whether a value, or one inside it, is unknown."""
    if type(value) is Unknown:
        return True
    if isinstance(value, dict):
        return any(map(is_unknown, value.values()))
    return isinstance(value, list | tuple | set) and any(map(is_unknown, value))


def unknown_rows(columns: int, choose: Callable[[int], int], refuse: Callable[[], NoReturn]) -> list[tuple[Any, ...]]:
    """Return rows as a query might: none, few or many, with NULL in no column, in one or in all."""
    number = _NUMBERS_OF_ROWS[choose(len(_NUMBERS_OF_ROWS))]
    if number == 0:
        return []
    empty = choose(2 if columns == 1 else columns + 2) - 2
    if number == _NUMBERS_OF_ROWS[-1]:
        return [_row(Unknown(choose, refuse), columns, empty)] * number
    return [_row(Unknown(choose, refuse), columns, empty) for _ in range(number)]


def _row(value: Unknown, columns: int, empty: int) -> tuple[Any, ...]:
    return tuple(None if empty in (-1, column) else value for column in range(columns))
