"""Going on where nobody hears: a closed pipe, a full disk, a terminal that is gone."""

import io
import os
import sys
from typing import Any, TextIO


class Unheard(io.FileIO):
    """A file whose writes never fail: what cannot be written is lost, for the work matters more than what it says."""

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except OSError:
            return len(data)


def outlive_output() -> None:
    """Go on, from now on, when stdout or stderr cannot be written; a stream that is no file stays as it is."""
    sys.stdout, sys.stderr = _outliving(sys.stdout), _outliving(sys.stderr)


def _outliving(stream: TextIO | None) -> TextIO:
    if stream is None:
        # Closed from the start. This takes its number, which the first connection would get: nothing is to write there.
        return open(os.devnull, "w", encoding="utf-8")
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    if not isinstance(getattr(stream.buffer, "raw", stream.buffer), io.FileIO):
        return stream
    return io.TextIOWrapper(
        io.BufferedWriter(Unheard(stream.fileno(), "w", closefd=False)),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
