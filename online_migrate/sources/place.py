"""Where in a revision's file a statement comes from."""

import sys
import sysconfig
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A line of a revision, and the function it calls there ("add_column")."""

    file: str
    line: int
    directive: str | None = None
    of_alembic: bool = False


def current_place(file: str) -> Place:
    """Return the innermost line of a file that is being run now; line 1 if none is."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the documented way to walk the stack
    called: FrameType | None = None
    while frame is not None:
        if frame.f_code.co_filename == file:
            name = called.f_code.co_name if called else None
            # Alembic's proxies of directives are compiled from a string.
            proxied = called is not None and called.f_code.co_filename == "<string>"
            return Place(file=file, line=frame.f_lineno, directive=name, of_alembic=proxied)
        called, frame = frame, frame.f_back
    return Place(file=file, line=1)


def line_in(file: str, trace: TracebackType | None) -> int:
    """Return the innermost line of a file in a traceback; 1 if it has none."""
    return next((f.lineno or 1 for f in reversed(traceback.extract_tb(trace)) if f.filename == file), 1)


def last_line(error: BaseException) -> str:
    """Return the one line of an exception's text that says what is wrong."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__


def shown(file: str, directory: str | None = None) -> str:
    """Return a path as plans and messages name it: relative to the project's directory where it is inside it."""
    path, home = Path(file), Path(directory) if directory else Path.cwd()
    return str(path.relative_to(home)) if path.is_relative_to(home) else file


def foreign_place() -> str:
    """Return "file:line" of the innermost code that is neither ours nor of an installed library."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the documented way to walk the stack
    while frame is not None:
        if _is_foreign(frame.f_code.co_filename):
            return f"{shown(frame.f_code.co_filename)}:{frame.f_lineno}"
        frame = frame.f_back
    return "A library"


def is_deliberate(error: BaseException) -> bool:
    """Whether the user's own code refused to go on, by `raise`, `assert` or sys.exit()."""
    frames = traceback.extract_tb(error.__traceback__)
    words = ("raise", "assert", "sys.exit", "exit(")
    return bool(frames) and _is_foreign(frames[-1].filename) and (frames[-1].line or "").startswith(words)


def _is_foreign(file: str) -> bool:
    ours, installed = str(Path(__file__).parent), (sysconfig.get_path("stdlib"), sysconfig.get_path("purelib"))
    return Path(file).is_file() and not file.startswith((ours, *installed))
