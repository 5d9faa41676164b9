"""Whatever parses can be read, and what is written parses to the same tree."""

from pathlib import Path

import pytest

from online_migrate.errors import SqlSyntaxError
from online_migrate.grammar.kinds import kind_of
from online_migrate.grammar.parse import operations, split_script
from online_migrate.grammar.read import read
from online_migrate.grammar.statements import Other
from online_migrate.grammar.tree import Message, children, deparse, statement, unwrap
from tests.grammar.names import resolve

SCRIPT = Path(__file__).with_name("statements.sql").read_text()
STATEMENTS = [found.sql for found in split_script(SCRIPT)]
PLACES = ("location", "list_start", "list_end")


def without_places(node: Message) -> Message:
    inner = unwrap(node)
    for field in PLACES:
        if field in inner.DESCRIPTOR.fields_by_name:
            inner.ClearField(field)
    for _, child in children(inner):
        without_places(child)
    return node


def tree_of(sql: str) -> Message:
    return without_places(statement(sql))


@pytest.mark.parametrize("sql", STATEMENTS)
def test_deparsing_loses_nothing(sql: str) -> None:
    assert tree_of(deparse(statement(sql))) == tree_of(sql)


@pytest.mark.parametrize("sql", STATEMENTS)
def test_reading_is_total_and_reaches_a_fixed_point(sql: str) -> None:
    found = read(sql, resolve)
    again = read(found.sql, resolve)
    assert kind_of(again) == kind_of(found)
    assert again.sql == found.sql


def test_every_tag_is_a_word_of_its_own() -> None:
    classes = {kind_of(found) for sql in STATEMENTS if not isinstance(found := read(sql, resolve), Other)}
    tags = {found.tag for sql in STATEMENTS if isinstance(found := read(sql, resolve), Other)}
    # A DROP of several tables is told from a DROP of one only by being split first.
    assert classes & tags <= {"drop_table"}
    assert not [tag for tag in tags if tag.endswith("_stmt") or tag != tag.lower()]


@pytest.mark.parametrize("join", [" || ", " + ", " UNION ALL SELECT "])
def test_long_chains_are_read(join: str) -> None:
    sql = "SELECT " + join.join(["1"] * 150)
    assert read(sql, resolve).sql == operations(sql)[0]


def test_nesting_beyond_all_measure_is_an_error_and_no_crash() -> None:
    with pytest.raises(SqlSyntaxError, match="nested too deeply"):
        read("SELECT " + "f(" * 3000 + "1" + ")" * 3000, resolve)
