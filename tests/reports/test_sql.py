"""SQL as it is shown: short lines, and nothing but blanks changed."""

import pytest

from online_migrate.reports.sql import readable

CREATE = (
    'CREATE TABLE "user" (id serial NOT NULL, price numeric(10, 2) DEFAULT 3, '
    "note varchar(80) DEFAULT 'a,  b (c', PRIMARY KEY (id)) WITH (fillfactor = 70)"
)
UPDATE = (
    "UPDATE ONLY public.users SET code = age * 2 WHERE users.ctid >= $1::tid AND users.ctid < $2::tid "
    "AND users.code IS DISTINCT FROM (age * 2)::int"
)
FUNCTION = (
    "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN IF new.code IS NULL THEN new.code := 1; "
    "END IF; RETURN new; END$$"
)


def test_what_fits_stays_as_it_is() -> None:
    assert readable("  ALTER TABLE t\n    ADD COLUMN a int ") == "ALTER TABLE t\n  ADD COLUMN a int"


def test_the_elements_of_a_table_have_lines_of_their_own() -> None:
    assert readable(CREATE).splitlines() == [
        'CREATE TABLE "user" (',
        "  id serial NOT NULL,",
        "  price numeric(10, 2) DEFAULT 3,",
        "  note varchar(80) DEFAULT 'a,  b (c',",
        "  PRIMARY KEY (id)",
        ") WITH (fillfactor = 70)",
    ]


def test_the_clauses_of_an_update_have_lines_of_their_own() -> None:
    assert readable(UPDATE).splitlines() == [
        "UPDATE ONLY public.users",
        "SET code = age * 2",
        "WHERE users.ctid >= $1::tid",
        "  AND users.ctid < $2::tid",
        "  AND users.code IS DISTINCT FROM (age * 2)::int",
    ]


@pytest.mark.parametrize("width", [20, 40, 64, 76])
@pytest.mark.parametrize("statement", [CREATE, UPDATE, FUNCTION, "", ";", "-- only a comment " + "x" * 80])
def test_only_blanks_change_and_no_line_runs_over(statement: str, width: int) -> None:
    shown = readable(statement, width=width)
    assert "".join(shown.split()) == "".join(statement.split())
    one_word = ("'", "--", "NOT NULL")  # a literal, a comment and NOT NULL are not broken
    long = [line.strip() for line in shown.splitlines() if len(line) > width]
    assert all(" " not in line or any(word in line for word in one_word) for line in long)
