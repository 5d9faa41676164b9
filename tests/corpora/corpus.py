"""The applications whose whole migration histories are run; nothing of theirs is kept in this repository."""

import fcntl
import json
import os
import subprocess
import sys
import tomllib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
DRIVER = "psycopg2-binary"  # what these applications run on: some revisions of Airflow fail with psycopg 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """One application.

    Attributes:
        name: what it is called here.
        requirements: what pip installs to have its revisions and what they import.
        with_dependencies: whether the revisions import anything beyond SQLAlchemy and Alembic.
        versions: its revisions, in the environment's site-packages.
        imports: modules that take long to import, and that its revisions import.
        metadata: "module:name" of a declarative base whose tables stand before the first revision.
        naming_convention: of its metadata.
        volatile: columns ("public.t.c") that the revisions give random values or the time.
        never_null: columns ("t.c") that later revisions demand to be filled, without filling them.
        references: columns ("t.c") that hold keys ("parent.k") before, or without, a constraint that says so.
        left_empty: tables that a later revision can only cope with when they are empty.
        texts: PostgreSQL text values for columns ("t.c") whose meaning no catalog tells.
    """

    name: str
    requirements: tuple[str, ...]
    with_dependencies: bool = True
    versions: str
    imports: tuple[str, ...] = ()
    metadata: str | None = None
    naming_convention: Mapping[str, str] = field(default_factory=dict)
    volatile: frozenset[str] = frozenset()
    never_null: frozenset[str] = frozenset()
    references: Mapping[str, str] = field(default_factory=dict)
    left_empty: frozenset[str] = frozenset()
    texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


MLFLOW = Corpus(
    name="mlflow",
    requirements=("mlflow-skinny==3.17.2", "flask", "numpy", "pandas", DRIVER),
    versions="mlflow/store/db_migrations/versions",
    imports=("mlflow.store.model_registry.dbmodels.models", "mlflow.store.tracking.dbmodels.models"),
    metadata="mlflow.store.tracking.dbmodels.initial_models:Base",
    volatile=frozenset({"public.jobs.last_update_time"}),
    never_null=frozenset({"runs.experiment_id"}),  # 90e64c465722 takes it for the key
    texts={"spans.dimension_attributes": ("{}", '{"mlflow.llm.model": "m", "mlflow.llm.provider": null}')},
)
AIRFLOW = Corpus(
    name="airflow",
    requirements=("apache-airflow-core==3.3.2", DRIVER),
    versions="airflow/migrations/versions",
    imports=("airflow.models.taskinstance", "airflow.migrations.utils"),
    volatile=frozenset(
        {
            "public.callback.created_at",
            "public.callback.id",
            "public.deadline.callback_id",
            "public.deadline.created_at",
            "public.deadline.last_updated_at",
            "public.log_template.created_at",
            "public.task_instance.id",
            "public.task_instance_history.try_id",
        }
    ),
    references={
        "dag_schedule_asset_alias_reference.dag_id": "dag.dag_id",
        "dag_schedule_dataset_alias_reference.dag_id": "dag.dag_id",
    },
    texts={"serialized_dag.data_compressed": ("\\x" + zlib.compress(b'{"dag": {"tasks": []}}').hex(),)},
    left_empty=frozenset(
        {
            "backfill",  # 3a8972ecb8f9 adds a column that is NOT NULL and has no default
            "team",  # b12d4f98a91e takes its uuids for names
        }
    ),
)
PHOENIX = Corpus(
    name="phoenix",
    requirements=("arize-phoenix==20.26.1", DRIVER),
    with_dependencies=False,
    versions="phoenix/db/migrations/versions",
    volatile=frozenset({"public.projects.created_at", "public.projects.updated_at"}),
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_`%(constraint_name)s`",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    },
)
CORPORA = {corpus.name: corpus for corpus in (MLFLOW, AIRFLOW, PHOENIX)}


def cache() -> Path:
    """Where environments are kept between runs: ONLINE_MIGRATE_CORPORA, or the user's cache directory."""
    default = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")) / "online-migrate" / "corpora"
    return Path(os.environ.get("ONLINE_MIGRATE_CORPORA", default)).expanduser().resolve()


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """A corpus installed: its interpreter and its Alembic configuration."""

    corpus: Corpus
    python: Path
    config: Path


class IndexUnreachable(Exception):
    """pip got no connection to a package index, so that the application cannot be installed."""


def install(corpus: Corpus) -> Environment:
    """Make the corpus's virtual environment, with all that this repository depends on, unless it is there.

    Another process that wants the same one waits.

    Raises:
        IndexUnreachable: it is not there, and pip got no connection.
        subprocess.CalledProcessError: pip failed otherwise; its output has been shown.
    """
    home = cache() / f"{corpus.name}-{sys.version_info.major}.{sys.version_info.minor}"
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        python = _install(corpus, home)
    config = home / "alembic.ini"
    versions = next((home / "lib").glob("python*/site-packages")) / corpus.versions
    convention = json.dumps(dict(corpus.naming_convention)).replace("%", "%%")
    lines = (
        "[alembic]",
        f"script_location = {Path(__file__).parent / 'project'}",
        f"version_locations = {versions}",
        "path_separator = os",
        f"naming_convention = {convention}",
    )
    draft = config.with_suffix(f".{os.getpid()}")
    draft.write_text("\n".join(lines) + "\n")
    draft.replace(config)
    return Environment(corpus=corpus, python=python, config=config)


def _install(corpus: Corpus, home: Path) -> Path:
    """Make the environment if it is not there yet, or not for these requirements, and return its interpreter."""
    python = home / "bin" / "python"
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    ours = [*project["dependencies"], *project["optional-dependencies"]["embedded"]]
    wanted = "\n".join([*corpus.requirements, *ours])
    installed = home / "requirements"
    if not installed.exists() or installed.read_text() != wanted:
        subprocess.run([sys.executable, "-m", "venv", home], check=True)
        if corpus.with_dependencies:
            _pip_install(python, *corpus.requirements, *ours)
        else:
            _pip_install(python, *ours)  # first, as pip would complain of the others' missing dependencies
            _pip_install(python, "--no-deps", *corpus.requirements)
        installed.write_text(wanted)
    return python


def _pip_install(python: Path, *arguments: str) -> None:
    """Install without compiling: most modules of these applications are never imported."""
    options = ("--quiet", "--disable-pip-version-check", "--retries=2", "--no-compile")
    command = (str(python), "-m", "pip", "install", *options, *arguments)
    done = subprocess.run(command, check=False, stderr=subprocess.PIPE, text=True)
    sys.stderr.write(done.stderr)
    if done.returncode and "connection broken by" in done.stderr:  # as urllib3 words every failure to connect
        raise IndexUnreachable(f"No package index can be reached: pip install {' '.join(arguments)} failed.")
    done.check_returncode()
