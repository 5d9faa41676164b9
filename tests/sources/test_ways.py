"""A revision that reads rows is captured only if it does the same whatever they are."""

from pathlib import Path

import psycopg
import pytest

from online_migrate.errors import RevisionFailed
from online_migrate.sources.capture import capture
from online_migrate.sources.unknown import Choices, Unknown
from tests.sources.projects import Maker

BASE = """
    CREATE TABLE users (id serial PRIMARY KEY, name text);
    INSERT INTO users (name) SELECT 'user ' || g FROM generate_series(1, 5) g;
"""
COUNT = 'count = op.get_bind().execute(sa.text("SELECT count(*) FROM users")).scalar()\n'
NAMES = 'names = [r.name for r in op.get_bind().execute(sa.text("SELECT name FROM users"))]\n'
ADD = "op.add_column('users', sa.Column('age', sa.Integer()))"
UPDATE = "op.execute(\"UPDATE users SET name = 'x' WHERE name IS NULL\")"
CHECK = "op.create_check_constraint('long', 'users', 'length(name) > 1')"

SAME = {
    "a guard": f"{COUNT}if count > 1000:\n    raise RuntimeError(f'{{count}} users are too many')\n{CHECK}",
    "a number that is printed": f"{COUNT}print(f'{{count}} users')\n{UPDATE}",
    "a number that is compared and printed": f"{COUNT}if count > 1000:\n    print('many')\n{UPDATE}",
    "rows that are printed": f"{NAMES}for name in names:\n    print('user', name)\n{UPDATE}",
    "after rows were changed": f"{UPDATE}\n{COUNT}print(count)\n{ADD}",
    "a changed number": "n = op.get_bind().execute(sa.text(\"UPDATE users SET name = 'x'\")).rowcount\nprint(n)\n"
    + ADD,
    "a lock": f"op.get_bind().execute(sa.text('SELECT * FROM users FOR UPDATE'))\n{UPDATE}",
    "the version": "print(op.get_bind().execute(sa.text('SHOW server_version')).scalar())\n" + UPDATE,
}
OTHERWISE = {
    "a number that decides": f"{COUNT}if count == 5:\n    {ADD}",
    "a number that nobody has now": f"{COUNT}if count == 7:\n    {ADD}",
    "a list's length": f"{NAMES}if len(names) < 1000:\n    {ADD}",
    "a value": f"{NAMES}if 'user 6' in names:\n    {ADD}",
    "a null": f"{NAMES}if names and names[0] is None:\n    {ADD}",
    "text in a statement": f"{COUNT}op.execute(f'ALTER TABLE users ADD COLUMN c int DEFAULT {{count}}')",
    "a parameter": f'{COUNT}op.get_bind().execute(sa.text("UPDATE users SET name = :c"), {{"c": count}})',
    "arithmetic": f"{COUNT}op.execute(f'ALTER TABLE users ADD COLUMN c int DEFAULT {{count + 1}}')",
    "a type": f"{NAMES}if names and isinstance(names[0], str):\n    {ADD}",
    "an error that is caught": f"{NAMES}try:\n    names[0].lower()\nexcept Exception:\n    {ADD}",
    "a guard before a loss": f"{COUNT}if count > 1000:\n    raise RuntimeError\nop.drop_column('users', 'name')",
    "a guard before a change": f"{COUNT}if count > 1000:\n    raise RuntimeError\n{UPDATE}",
    "an accident": f"{NAMES}print(names[0])\n{ADD}",
    "a loop until none is left": (
        "while op.get_bind().execute(sa.text('SELECT 1 FROM users WHERE name IS NULL LIMIT 1')).first():\n    " + UPDATE
    ),
}


@pytest.fixture
def maker(tmp_path: Path, database: str) -> Maker:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(BASE.encode())
    return Maker(tmp_path, database.replace("postgresql://", "postgresql+psycopg2://"))


def test_the_same_whatever_the_rows_are(maker: Maker) -> None:
    for number, body in enumerate(SAME.values()):
        maker.revision(f"a{number}", body.replace("age", f"age{number}"))
    found = capture(maker.project(), None).operations
    assert {o.revision: o.uncaptured for o in found} == {f"a{number}": None for number in range(len(SAME))}


def test_one_thing_or_another(maker: Maker) -> None:
    for number, body in enumerate(OTHERWISE.values()):
        maker.last = None
        maker.revision(f"a{number}", body)
    found = {o.revision: o for o in capture(maker.project(), None).operations}
    for number, name in enumerate(OTHERWISE):
        operation = found[f"a{number}"]
        assert "depends on the rows of users" in (operation.uncaptured or ""), name
        assert operation.source is not None
        assert operation.source.line == 9, name


def test_an_assertion_that_the_rows_of_today_pass(maker: Maker) -> None:
    maker.revision("a1", f"{NAMES}assert 'nobody' not in names\n{ADD}")
    assert [o.uncaptured for o in capture(maker.project(), None).operations] == [None]


def test_a_guard_that_refuses_the_rows_of_today(maker: Maker) -> None:
    maker.revision("a1", f"{COUNT}if count == 5:\n    raise RuntimeError('five is too many')\n{CHECK}")
    with pytest.raises(RevisionFailed, match=r"a1\.py:11: RuntimeError: five is too many"):
        capture(maker.project(), None)


def test_choices_go_every_way_once() -> None:
    prescribed: tuple[int, ...] | None = ()
    seen = []
    while prescribed is not None:
        choices = Choices(prescribed)
        if choices.choose(2):
            choices.choose(3)
        seen.append(choices.options())
        prescribed = choices.following()
    assert seen == [(0,), (1, 0), (1, 1), (1, 2)]


def test_an_unknown_value_can_be_printed_and_compared_and_nothing_else() -> None:
    def refuse() -> None:
        raise LookupError

    value: object = Unknown(lambda options: options - 1, refuse)  # type: ignore[arg-type]
    assert f"{value:>5}" == str(value) == repr(value)
    assert value == 5
    assert value == 5
    assert value
    for use in (len, hash, int, list, float, abs, bytes, lambda v: v + 1, lambda v: 1 - v, lambda v: v.name,
                lambda v: isinstance(v, str), lambda v: v[0], lambda v: 1 in v, lambda v: v()):  # fmt: skip
        with pytest.raises(LookupError):
            use(value)  # type: ignore[arg-type, call-overload]
