"""A Flask-Migrate project, made by Flask-Migrate itself."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import psycopg
import pytest

from online_migrate.errors import ApplicationNotLoaded, CaptureFailed, ProjectInvalid
from online_migrate.sources.capture import capture
from online_migrate.sources.project import find_project

APP = """
    from flask import Flask
    from flask_migrate import Migrate
    from flask_sqlalchemy import SQLAlchemy

    db = SQLAlchemy()

    class User(db.Model):
        id = db.Column(db.Integer, primary_key=True)
        name = db.Column(db.String(50))
        age = db.Column(db.Integer, nullable=False, default=7)

    def create_app():
        app = Flask(__name__)
        app.config["SQLALCHEMY_DATABASE_URI"] = {url!r}
        db.init_app(app)
        Migrate(app, db)
        return app
"""


def flask(directory: Path, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "shop", *arguments],
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
        env={k: v for k, v in os.environ.items() if k != "FLASK_APP"},
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture
def shop(tmp_path: Path, database: str) -> Path:
    url = database.replace("postgresql://", "postgresql+psycopg://")
    (tmp_path / "shop.py").write_text(dedent(APP).format(url=url))
    flask(tmp_path, "db", "init")
    return tmp_path


REVISION = """
    import sqlalchemy as sa
    from alembic import op

    revision, down_revision = "a1", None

    def upgrade():
        with op.batch_alter_table("user", schema=None) as batch_op:
            batch_op.add_column(sa.Column("age", sa.Integer(), nullable=False))
            batch_op.create_index("ix_age", ["age"])
"""


def test_revisions_and_models_of_flask_migrate(shop: Path, connection: psycopg.Connection) -> None:
    connection.execute('CREATE TABLE "user" (id serial PRIMARY KEY, name varchar(50))')
    (shop / "migrations" / "versions" / "a1.py").write_text(dedent(REVISION))
    added, indexed = capture(find_project(shop, app="shop:create_app()"), None).operations
    assert (added.sql, added.directive) == ('ALTER TABLE "user" ADD COLUMN age int NOT NULL', "add_column")
    assert (added.source.line if added.source else 0, added.python_default) == (9, "7")
    assert indexed.directive == "create_index"
    (wanted,) = capture(find_project(shop, app="shop"), None, autogenerate=True).operations
    assert (wanted.sql, wanted.python_default) == (added.sql, "7")


def test_applications_that_cannot_be_loaded(shop: Path) -> None:
    with pytest.raises(ProjectInvalid, match="no revisions"):
        capture(find_project(shop, app="shop"), None)
    with pytest.raises(ApplicationNotLoaded, match="nowhere"):
        capture(find_project(shop, app="nowhere"), None)
    (shop / "bad.py").write_text("raise KeyError('SECRET')")
    with pytest.raises(ApplicationNotLoaded, match="KeyError"):
        capture(find_project(shop, app="bad"), None)


def test_two_databases(shop: Path, create_database: Callable[[], str]) -> None:
    for path in (shop / "migrations").iterdir():
        path.unlink() if path.is_file() else shutil.rmtree(path)
    other = create_database()
    application = (shop / "shop.py").read_text()
    bound = f'app.config["SQLALCHEMY_BINDS"] = {{"reports": {other!r}}}\n        db.init_app(app)'
    (shop / "shop.py").write_text(application.replace("db.init_app(app)", bound.replace("\n        ", "\n    ")))
    flask(shop, "db", "init", "--multidb")
    (shop / "migrations" / "versions" / "a1.py").write_text(dedent(SEVERAL))
    with pytest.raises(CaptureFailed, match="2 times") as failure:
        capture(find_project(shop, app="shop"), None)
    assert failure.value.hint == "Run the command for each of them: -x engine_name=, -x engine_name=reports"
    found = capture(find_project(shop, app="shop", x=("engine_name=reports",)), None)
    assert [o.sql for o in found.operations] == ["CREATE TABLE reports (id int)"]
    with psycopg.connect(found.database_url) as there, psycopg.connect(other) as wanted:
        assert there.info.dbname == wanted.info.dbname
    found = capture(find_project(shop, app="shop", x=("engine_name=",)), None)
    assert [o.sql for o in found.operations] == ["CREATE TABLE orders (id int)"]
    with pytest.raises(CaptureFailed, match="no migrations of the name"):
        capture(find_project(shop, app="shop", x=("engine_name=missing",)), None)


SEVERAL = """
    from alembic import op

    revision, down_revision = "a1", None

    def upgrade(engine_name):
        globals()["upgrade_" + engine_name]()

    def upgrade_():
        op.execute("CREATE TABLE orders (id int)")

    def upgrade_reports():
        op.execute("CREATE TABLE reports (id int)")
"""
