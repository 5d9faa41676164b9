"""The programs of others, built from their published sources, once, into a directory outside the repository."""

import shutil
import subprocess
from pathlib import Path

PGROLL, PGROLL_VERSION = "github.com/xataio/pgroll", "v0.16.2"
RESHAPE_VERSION = "0.11.2"


class NotBuilt(Exception):
    """The program cannot be built here; says why, in a sentence."""


def pgroll(cache: Path) -> Path:
    """Return the program, built with Go if it is not there yet.

    Raises:
        NotBuilt: there is no Go, or it fails.
    """
    home = cache / "pgroll"
    program = home / "pgroll"
    if not program.exists():
        home.mkdir(parents=True, exist_ok=True)
        (home / "go.mod").unlink(missing_ok=True)
        _run(home, "go", "mod", "init", "peers")
        _run(home, "go", "mod", "edit", f"-require={PGROLL}@{PGROLL_VERSION}")
        _run(home, "go", "build", "-mod=mod", "-o", str(program), PGROLL)
    return program


def reshape(cache: Path) -> Path:
    """Return the program, built with Cargo if it is not there yet (this takes minutes).

    Raises:
        NotBuilt: there is no Cargo, or it fails, now or at an earlier try (removing the directory makes it try again).
    """
    home = cache / "reshape"
    program, failed = home / "bin" / "reshape", home / "failed"
    if failed.exists():
        raise NotBuilt(failed.read_text().strip())
    if not program.exists():
        home.mkdir(parents=True, exist_ok=True)
        try:
            _run(home, "cargo", "install", "reshape", "--version", RESHAPE_VERSION, "--root", str(home))
        except NotBuilt as error:
            failed.write_text(str(error))
            raise
    return program


def _run(directory: Path, program: str, *arguments: str) -> None:
    if shutil.which(program) is None:
        raise NotBuilt(f"{program} is not installed.")
    done = subprocess.run([program, *arguments], cwd=directory, capture_output=True, text=True, check=False)
    if done.returncode:
        said = [line.strip() for line in done.stderr.splitlines() if "error" in line.lower()]
        raise NotBuilt(f"{program} ended with status {done.returncode}: {(said or ['no reason given'])[-1]}.")
