"""The benchmarks, in the order in which they are run and shown."""

from benchmarks import computed_column, planning, startup, trigger_cost, under_traffic
from benchmarks.model import Benchmark

BENCHMARKS: tuple[Benchmark, ...] = (
    computed_column.BENCHMARK,
    trigger_cost.BENCHMARK,
    under_traffic.BENCHMARK,
    planning.BENCHMARK,
    startup.BENCHMARK,
)
