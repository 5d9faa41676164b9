"""Plain SQL files."""

from pathlib import Path

import pytest

from online_migrate.errors import ScriptUnreadable, SqlSyntaxError
from online_migrate.sources.sql_files import read_sql_files


def write(directory: Path, text: str, name: str = "one.sql") -> Path:
    path = directory / name
    path.write_text(text)
    return path


def test_statements_lines_and_search_path(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        """BEGIN;
SET lock_timeout = '1s';
-- a comment
ALTER TABLE t ADD COLUMN a int, ADD COLUMN b int;
SET LOCAL search_path TO app, "$user";
CREATE INDEX i ON t (a);
COMMIT;
SELECT pg_catalog.set_config('search_path', 'other, "Odd"', false);
UPDATE t SET a = 1;
RESET search_path;
DELETE FROM t;
SELECT 1;
""",
    )
    operations, (script,) = read_sql_files([path], ("public",))
    assert [(o.id, o.source.line if o.source else 0, o.search_path) for o in operations] == [
        ("one.sql:1", 4, ("public",)),
        ("one.sql:2", 4, ("public",)),
        ("one.sql:3", 6, ("app",)),
        ("one.sql:4", 9, ("other", "Odd")),
        ("one.sql:5", 11, ("public",)),
    ]
    assert operations[1].sql == "ALTER TABLE t ADD COLUMN b int"
    assert {o.revision for o in operations} == {"one.sql"}
    assert (script.name, len(script.sha256)) == ("one.sql", 64)


@pytest.mark.parametrize(
    ("text", "said"),
    [("SELECT 1;\n\\d t\n", r"one\.sql:2:1: .*psql"), ("SELECT 1;\nALTER TABL t;\n", r"one\.sql:2:7: ")],
)
def test_syntax_errors_say_where(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SqlSyntaxError, match=said):
        read_sql_files([write(tmp_path, text)], ("public",))


def test_files_that_cannot_be_planned(tmp_path: Path) -> None:
    with pytest.raises(ScriptUnreadable, match=r"missing\.sql"):
        read_sql_files([tmp_path / "missing.sql"], ("public",))
    with pytest.raises(ScriptUnreadable, match="SET role"):
        read_sql_files([write(tmp_path, "SET ROLE other;")], ("public",))
    with pytest.raises(ScriptUnreadable, match=r"one\.sql:2: it makes or uses something temporary"):
        read_sql_files([write(tmp_path, "SELECT 1;\nCREATE TEMP TABLE t (id int);")], ("public",))
    (tmp_path / "binary.sql").write_bytes(b"\xff\xfe")
    with pytest.raises(ScriptUnreadable, match="UTF-8"):
        read_sql_files([tmp_path / "binary.sql"], ("public",))
