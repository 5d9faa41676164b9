"""The types of generated columns, and values of each: boundaries, odd letters, NULLs."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """SQL for values of one type.

    Attributes:
        literals: single values, a harmless one first.
        distinct: an expression of the row's number `i` that differs from row to row, where there is one.
    """

    literals: tuple[str, ...]
    distinct: str | None = None


TYPES: Mapping[str, Values] = {
    "integer": Values(literals=("7", "0", "-1", "2147483647", "-2147483648"), distinct="i"),
    "bigint": Values(literals=("8", "0", "9223372036854775807", "-9223372036854775808"), distinct="i * 3"),
    "smallint": Values(literals=("3", "-32768", "32767"), distinct="i"),
    "numeric": Values(literals=("1.50", "'NaN'", "-0.0", "1e40", "12345678901234567890.123"), distinct="i / 4.0"),
    "numeric(8,2)": Values(literals=("1.5", "0", "-999999.99", "999999.99"), distinct="i / 4.0"),
    "real": Values(literals=("0.5", "'-0'", "'Infinity'", "1e-30"), distinct="i / 2.0"),
    "double precision": Values(literals=("0.1", "'NaN'", "1e300"), distinct="i / 3.0"),
    "boolean": Values(literals=("true", "false")),
    "text": Values(literals=("'seven'", "''", "'größe'", "'it''s \"%s\" {x} \\\\ 🐘'", "' '"), distinct="'t' || i"),
    "character varying(30)": Values(literals=("'x'", "''", "'  two '", "'Ünï'"), distinct="'v' || i"),
    "character(5)": Values(literals=("'a'", "'abcde'", "''"), distinct="'c' || i"),
    "date": Values(literals=("'2020-02-29'", "'infinity'", "'0044-03-15 BC'"), distinct="date '2020-01-01' + i"),
    "timestamp without time zone": Values(
        literals=("'2020-02-03 04:05:06'", "'-infinity'", "'1999-12-31 23:59:59.999999'"),
        distinct="timestamp '2020-01-01' + i * interval '1 hour'",
    ),
    "timestamp with time zone": Values(
        literals=("'2020-02-03 04:05:06+07'", "'infinity'"), distinct="timestamptz '2020-01-01Z' + i * interval '1 min'"
    ),
    "time without time zone": Values(literals=("'04:05'", "'24:00'")),
    "interval": Values(literals=("'1 day'", "'24 hours'", "'-1 mon'"), distinct="i * interval '1 s'"),
    "uuid": Values(literals=("'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'",), distinct="md5(i::text)::uuid"),
    "bytea": Values(literals=("'\\x00ff'", "''"), distinct="convert_to('b' || i, 'UTF8')"),
    "jsonb": Values(literals=("'{\"a\": [1, null]}'", "'null'", "'\"ü\"'"), distinct="jsonb_build_object('i', i)"),
    "json": Values(literals=('\'{"a":  1, "a": 2}\'', "'[]'")),
    "integer[]": Values(literals=("'{1,NULL,3}'", "'{}'"), distinct="ARRAY[i, i + 1]"),
    "text[]": Values(literals=("'{\"a,b\",NULL}'", "'{}'")),
    "inet": Values(literals=("'10.0.0.1'", "'::1/64'"), distinct="inet '10.0.0.0' + i"),
    "int4range": Values(literals=("'[1,5)'", "'empty'", "'(,)'")),
    "public.mood": Values(literals=("'ok'", "'sad'")),
    "public.positive": Values(literals=("1", "2147483647"), distinct="i"),
    "public.short": Values(literals=("'y'", "'größe'"), distinct="'s' || i"),
    "public.pair": Values(literals=("'(1,x)'", "'(,)'")),
}
NUMBERS = ("integer", "bigint", "smallint", "numeric", "numeric(8,2)", "real", "double precision", "public.positive")

SETUP = (
    "CREATE TYPE mood AS ENUM ('sad', 'ok')",
    "CREATE DOMAIN positive AS integer CHECK (VALUE > 0)",
    "CREATE DOMAIN short AS varchar(30) COLLATE \"C\" CHECK (VALUE <> 'never')",
    "CREATE TYPE pair AS (a integer, b text)",
    'CREATE SCHEMA "Other ""s"',
    """CREATE FUNCTION mark() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN NEW := jsonb_populate_record(NEW, jsonb_build_object(''mark'', TG_OP)); RETURN NEW; END'""",
)
"""What the tables of a sequence may use."""


def values_of(type_: str) -> Values:
    """Return values of a type as format_type writes it; NULL alone where the type is none of ours."""
    return TYPES.get(type_, Values(literals=("NULL",)))
