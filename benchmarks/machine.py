"""What the figures were measured on."""

import os
import platform
from collections.abc import Mapping
from pathlib import Path

import psycopg

import online_migrate
from benchmarks.stand import SETTINGS, Stand

_GIB = 2**30


def describe(stand: Stand) -> Mapping[str, str]:
    """Return processor, memory, versions and settings; nothing that names the machine."""
    with psycopg.connect(stand.server.url()) as connection:
        row = connection.execute("SHOW server_version").fetchone()
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "processors": f"{os.cpu_count()} x {_processor()}",
        "memory": f"{memory / _GIB:.0f} GiB",
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "python": platform.python_version(),
        "postgresql": row[0] if row else "",
        "settings": ", ".join(f"{name} = {value}" for name, value in SETTINGS.items()),
        "online-migrate": online_migrate.__version__,
    }


def _processor() -> str:
    """The model's name where the kernel tells it."""
    information = Path("/proc/cpuinfo")
    lines = information.read_text().splitlines() if information.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
