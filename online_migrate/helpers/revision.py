"""The revision whose script is being run, found from within a helper that it calls."""

import sys
from types import FrameType


def calling_frame(function: str | None = None) -> FrameType | None:
    """Return the nearest frame of a revision's file on the stack, of that function of it where one is named."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the documented way to walk the stack
    while frame is not None:
        known = frame.f_globals
        is_revision = "down_revision" in known and isinstance(known.get("revision"), str)
        if is_revision and function in (None, frame.f_code.co_name):
            return frame
        frame = frame.f_back
    return None
