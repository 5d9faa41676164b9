"""The results, kept as JSON beside the code: one file for each benchmark, with the machine it was measured on."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.model import Benchmark, Figure, Findings, Line, Plot

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A benchmark as it was run.

    Attributes:
        load: average of the machine's run queue in the minute before; over 1, others were at work too.
        failed: why there is nothing to show; None where it ran.
    """

    benchmark: str
    title: str
    day: str
    runs: int
    load: float
    machine: Mapping[str, str]
    findings: Findings
    failed: str | None = None


def save(result: Result, directory: Path) -> None:
    """Write <benchmark>.json."""
    directory.mkdir(parents=True, exist_ok=True)
    text = json.dumps(asdict(result), indent=1, ensure_ascii=False)
    (directory / f"{result.benchmark}.json").write_text(text + "\n", encoding="utf-8")


def load(benchmarks: Iterable[Benchmark], directory: Path) -> tuple[Result, ...]:
    """Read the results that are there, in the order of the benchmarks."""
    paths = (directory / f"{benchmark.name}.json" for benchmark in benchmarks)
    return tuple(_result(json.loads(path.read_text(encoding="utf-8"))) for path in paths if path.exists())


def _result(data: dict[str, Any]) -> Result:
    return Result(**{**data, "findings": _findings(data["findings"])})


def _findings(data: dict[str, Any]) -> Findings:
    return Findings(
        figures=tuple(Figure(**{**figure, "values": tuple(figure["values"])}) for figure in data["figures"]),
        samples=data["samples"],
        notes=tuple(data["notes"]),
        plots=tuple(_plot(plot) for plot in data["plots"]),
    )


def _plot(data: dict[str, Any]) -> Plot:
    lines = tuple(Line(label=line["label"], x=tuple(line["x"]), y=tuple(line["y"])) for line in data["lines"])
    return Plot(**{**data, "lines": lines, "shaded": data["shaded"] and tuple(data["shaded"])})
