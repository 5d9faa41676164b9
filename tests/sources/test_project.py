"""Where a project is found, and the graph of its revisions."""

from inspect import signature
from pathlib import Path

import pytest
from alembic.config import Config

from online_migrate.errors import ProjectInvalid, ProjectNotFound
from online_migrate.sources.capture import capture
from online_migrate.sources.lineage import lineage
from online_migrate.sources.project import Project, find_project
from tests.sources.projects import Maker


def test_nothing_found(tmp_path: Path) -> None:
    with pytest.raises(ProjectNotFound, match=r"alembic\.ini.*pyproject\.toml.*migrations"):
        find_project(tmp_path)
    with pytest.raises(ProjectNotFound, match=r"missing\.ini"):
        find_project(tmp_path, Path("missing.ini"))


def test_environment_variable_names_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other.ini").write_text("[alembic]\nscript_location = here\n")
    monkeypatch.setenv("ALEMBIC_CONFIG", "other.ini")
    assert find_project(tmp_path).ini == str(tmp_path / "other.ini")


def test_flask_migrate_directory(tmp_path: Path) -> None:
    for name in ("env.py", "alembic.ini"):
        (tmp_path / "migrations").mkdir(exist_ok=True)
        (tmp_path / "migrations" / name).touch()
    with pytest.raises(ProjectInvalid, match="versions"):
        find_project(tmp_path)
    (tmp_path / "migrations" / "versions").mkdir()
    found = find_project(tmp_path, app="shop")
    assert (found.flask_directory, found.app) == (str(tmp_path / "migrations"), "shop")
    assert find_project(tmp_path, Path("migrations/alembic.ini"), app="shop") == found


@pytest.mark.skipif("toml_file" not in signature(Config).parameters, reason="Alembic reads pyproject.toml since 1.16")
def test_pyproject(tmp_path: Path, database: str) -> None:
    maker = Maker(tmp_path, database)
    maker.revision("a1", "op.execute('CREATE TABLE t (id int)')")
    maker.project()
    (tmp_path / "alembic.ini").unlink()
    (tmp_path / "pyproject.toml").write_text('[tool.alembic]\nscript_location = "%(here)s"\n')
    project = find_project(tmp_path)
    assert (project.ini, project.toml) == (None, str(tmp_path / "pyproject.toml"))
    assert [o.sql for o in capture(project, None).operations] == ["CREATE TABLE t (id int)"]
    assert Project.from_json(project.as_json()) == project


def test_projects_that_cannot_be_used(tmp_path: Path) -> None:
    maker = Maker(tmp_path, "sqlite://")
    with pytest.raises(ProjectInvalid, match="no revisions"):
        lineage(maker.project())
    maker.revision("a1", "pass", header="import nothing_of_that_name")
    with pytest.raises(ProjectInvalid, match=r"a1\.py:4: ModuleNotFoundError"):
        lineage(maker.project())


def test_lineage(tmp_path: Path) -> None:
    maker = Maker(tmp_path, "sqlite://")
    maker.revision("a1", "pass")
    maker.revision("a2", "pass")
    maker.last = "a1"
    maker.revision("b2", "pass", depends_on="a2")
    found = lineage(maker.project())
    assert found.ancestors(["b2"]) == {"a1", "a2", "b2"}
    assert found.ancestors(["a2"]) == {"a1", "a2"}
    assert found.heads == ("a2", "b2")
