"""SIGINT and SIGTERM: the first asks the work to stop where it can be resumed, a second SIGINT stops at once."""

import os
import signal
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_STDERR = 2
_HEARD = b"Stopping where it can be carried on. Ctrl-C again stops at once.\n"


class Interrupt:
    """While entered, signals set a flag instead of ending the process; calling it tells whether to stop."""

    def __init__(self) -> None:
        self._asked = False
        self._before: dict[signal.Signals, Any] = {}

    def __call__(self) -> bool:
        return self._asked

    def __enter__(self) -> "Interrupt":
        self._before = {number: signal.signal(number, self._stop) for number in _SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        asked, self._asked = self._asked, True  # first: the next signal may interrupt this handler anywhere
        if asked and number == signal.SIGINT:
            raise KeyboardInterrupt
        if not asked:
            # Past Python's buffer, which the signal may have interrupted in the middle of a write.
            with suppress(OSError):
                os.write(_STDERR, _HEARD)
