"""Plausible values: PostgreSQL text for one column of one row."""

import json
import pickle
import random
import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from tests.corpora.tables import Check, Column

START = datetime(2025, 1, 1, tzinfo=UTC)
NUMBERS = {"int2": 30_000, "int4": 1_000_000, "int8": 10_000_000_000, "oid": 1_000_000}
WORDS = ("alpha", "beta", "gamma", "delta", "a longer text with spaces, a comma and 'quotes'", "Grüße", "")
LITERAL = re.compile(r"'((?:[^']|'')*)'::|(?<![\w'.])(-?\d+(?:\.\d+)?)(?![\w'])")


def choices(column: Column, checks: tuple[Check, ...]) -> tuple[str, ...]:
    """Return the literals of the checks that mention the column: as a rule they list what it may hold."""
    found = [
        text.replace("''", "'") if text or not number else number
        for check in checks
        if column.number in check.columns
        for text, number in LITERAL.findall(check.expression)
    ]
    textual = column.type in ("varchar", "text", "bpchar")
    return tuple(value for value in dict.fromkeys(found) if textual != bool(re.fullmatch(r"-?\d+(\.\d+)?", value)))


def value(column: Column, number: int, draw: random.Random, *, distinct: bool) -> str | None:
    """Return a value, another one for every number when `distinct`; None when the type is not known here."""
    if column.labels:
        return draw.choice(column.labels)
    if column.element is not None:
        return _array(column, number, draw)
    if column.type in NUMBERS:
        return str(number if distinct else _integer(column, draw))
    if column.type in ("varchar", "text", "bpchar", "name", "citext"):
        return _text(column, number, draw, distinct=distinct)
    return _other(column, number, draw)


def _integer(column: Column, draw: random.Random) -> int:
    if column.type == "int8" and re.search("time|date|_at$", column.name):
        return int((START + timedelta(seconds=draw.randrange(30_000_000))).timestamp() * 1000)
    return draw.randrange(draw.choice((2, 100, NUMBERS[column.type])))


def _text(column: Column, number: int, draw: random.Random, *, distinct: bool) -> str:
    if column.length is not None and column.length <= 2:
        text = draw.choice("abcdefghijklmnopqrstuvwxyz")
    elif distinct:
        text = f"{number}-{column.name}"
    elif re.search("uuid|run_id|experiment_id", column.name):
        text = uuid.UUID(int=draw.getrandbits(128)).hex
    else:
        text = draw.choice((draw.choice(WORDS), f"{column.name} {draw.randrange(1000)}"))
    return text[: column.length]


def _array(column: Column, number: int, draw: random.Random) -> str | None:
    element = Column(
        name=column.name,
        number=0,
        type=column.element or "",
        element=None,
        length=column.length,
        digits=None,
        labels=(),
        not_null=True,
    )
    texts = [value(element, number + place, draw, distinct=True) for place in range(draw.randrange(4))]
    if None in texts:
        return None
    return "{" + ",".join(json.dumps(text, ensure_ascii=False) for text in texts) + "}"


def _other(column: Column, number: int, draw: random.Random) -> str | None:
    maker = OTHERS.get(column.type)
    if column.type == "numeric":
        return str(draw.randrange(10 ** min(6 if column.digits is None else column.digits, 9)))
    return None if maker is None else maker(number, draw)


def _moment(draw: random.Random) -> datetime:
    return START + timedelta(milliseconds=draw.randrange(30_000_000_000))


def _document(number: int, draw: random.Random) -> object:
    return draw.choice(({}, {"key": number}, {"nested": {"list": [1, None, "x"]}, "text": "é"}))


OTHERS: dict[str, Callable[[int, random.Random], str]] = {
    "bool": lambda _, draw: draw.choice("tf"),
    "float4": lambda number, draw: str(draw.choice((0.0, round(draw.uniform(-1000, 1000), 3), number))),
    "float8": lambda number, draw: str(draw.choice((0.0, draw.uniform(-1000, 1000), number))),
    "timestamp": lambda _, draw: _moment(draw).isoformat(),
    "timestamptz": lambda _, draw: _moment(draw).isoformat(),
    "date": lambda _, draw: _moment(draw).date().isoformat(),
    "time": lambda _, draw: _moment(draw).time().isoformat(),
    "interval": lambda _, draw: f"{draw.randrange(100_000)} seconds",
    "uuid": lambda _, draw: str(uuid.UUID(int=draw.getrandbits(128), version=4)),
    "json": lambda number, draw: json.dumps(_document(number, draw), ensure_ascii=False),
    "jsonb": lambda number, draw: json.dumps(_document(number, draw), ensure_ascii=False),
    "bytea": lambda number, draw: "\\x" + pickle.dumps(_document(number, draw)).hex(),
    "inet": lambda _, draw: f"10.{draw.randrange(256)}.{draw.randrange(256)}.{draw.randrange(256)}",
    "tsvector": lambda number, _: f"'word':{number % 100 + 1}",
}
