"""Overrides in comments of revisions and SQL files: `# online-migrate: allow drop-column because nobody reads it`."""

import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from online_migrate.errors import UsageError
from online_migrate.grammar.comments import comments
from online_migrate.grammar.parse import split_script
from online_migrate.plan.override import Override, hyphenated

_MARK = re.compile(r"^[#\-\s]*online-migrate:\s*(?P<rest>.*)$")
_ALLOW = re.compile(
    r"^allow\s+(?P<kinds>[\w-]+(?:\s*,\s*[\w-]+)*)"
    r"(?:\s+until\s+(?P<before>\S+))?\s+because\s+(?P<reason>.*?)(?:\s+until\s+(?P<after>\d{4}-\S+?)\.?)?\s*$"
)
# From Python 3.12 on the text of an f-string is a token of its own.
_STRINGS = (tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING))
_HINT = "Write: online-migrate: allow drop-column because nobody reads it any more until 2027-01-31"


class OverrideInvalid(UsageError):
    """An override lacks its reason, or cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Statement:
    """The lines of one statement; `first` of the file: what stands above the first is about the whole file."""

    first: int
    last: int


def read_overrides(files: Iterable[str]) -> tuple[Override, ...]:
    """Return the overrides in some files.

    Args:
        files: as `Source.file` names them; one that is not there has none.

    Raises:
        OverrideInvalid: with file and line.
    """
    found: list[Override] = []
    for file in dict.fromkeys(files):
        path = Path(file)
        if path.suffix == ".py" and path.is_file():
            found.extend(in_python(path.read_text(encoding="utf-8"), file))
        elif path.is_file():
            found.extend(in_sql(path.read_text(encoding="utf-8-sig"), file))
    return tuple(found)


def in_python(text: str, file: str) -> tuple[Override, ...]:
    """Return the overrides of a revision: of the statement they stand in or before, or above all code, of the file.

    Those in the SQL of a string of several lines are of the statement that the string is in.

    Raises:
        OverrideInvalid: with file and line.
    """
    statements: list[_Statement] = []
    remarks: list[tuple[int, str]] = []
    first: int | None = None
    docstring = True
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                remarks.append((token.start[0], token.string))
            elif token.type == tokenize.NEWLINE and first is not None:
                if not docstring:
                    statements.append(_Statement(first=first, last=token.start[0]))
                first = None
            elif token.type not in (tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER):
                if first is not None:
                    remarks.extend(_in_string(token))
                docstring = token.type == tokenize.STRING if first is None else docstring
                first = first or token.start[0]
    except (tokenize.TokenError, SyntaxError):
        # A revision that is no Python is told about where it is imported.
        return ()
    top = statements[0].first if statements else 0
    return _overrides(remarks, statements, file, top)


def _in_string(token: tokenize.TokenInfo) -> Iterator[tuple[int, str]]:
    """Yield the `--` comments of a string of several lines, with the line of each: SQL for op.execute."""
    lines = token.string.split("\n") if token.type in _STRINGS else []
    for number, line in enumerate(lines[1:], token.start[0] + 1):
        _, dashes, text = line.partition("--")
        if dashes:
            yield number, text


def in_sql(text: str, file: str) -> tuple[Override, ...]:
    """Return the overrides of an SQL file: of the statement they stand in or before; with an empty line between
    them and the first statement, of the file.

    Raises:
        OverrideInvalid: with file and line.
        SqlSyntaxError: with file, line and column.
    """
    statements = [_Statement(first=s.line, last=s.line + s.sql.count("\n")) for s in split_script(text, file)]
    empty = [number for number, line in enumerate(text.splitlines(), 1) if not line.strip()]
    before = [number for number in empty if statements and number < statements[0].first]
    return _overrides([(c.line, c.text) for c in comments(text)], statements, file, before[-1] if before else 0)


def _overrides(
    remarks: list[tuple[int, str]], statements: list[_Statement], file: str, top: int
) -> tuple[Override, ...]:
    """Args: top: comments on lines before it are about the file."""
    found: list[Override] = []
    for line, text in remarks:
        mark = _MARK.match(text)
        if mark is None:
            continue
        about = next((s for s in statements if s.last >= line), None)
        here = (min(line, about.first), about.last) if about is not None else (line, line)
        lines = None if line < top else here
        found.extend(_parsed(mark["rest"], f"{file}:{line}", file, lines))
    return tuple(found)


def _parsed(rest: str, place: str, file: str, lines: tuple[int, int] | None) -> list[Override]:
    match = _ALLOW.match(rest)
    if match is None or not match["reason"].strip():
        wrong = "gives no reason" if rest.startswith("allow") and "because" not in rest else "cannot be read"
        raise OverrideInvalid(f"{place}: the override {rest!r} {wrong}.", hint=_HINT)
    day = match["before"] or match["after"]
    try:
        expires = date.fromisoformat(day) if day else None
    except ValueError:
        raise OverrideInvalid(f"{place}: {day!r} is not a date.", hint=_HINT) from None
    return [
        Override(
            kind=hyphenated(kind.strip()),
            reason=match["reason"].strip(),
            place=place,
            file=file,
            lines=lines,
            expires=expires,
        )
        for kind in match["kinds"].split(",")
    ]
