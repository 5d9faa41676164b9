"""The benchmarks, in the order in which they are run and shown."""

from benchmarks import (
    added_latency,
    computed_column,
    estimates,
    load_step,
    planning,
    prepared,
    replica,
    sizes,
    startup,
    trigger_cost,
    under_traffic,
)
from benchmarks.model import Benchmark
from benchmarks.peers import compare

BENCHMARKS: tuple[Benchmark, ...] = (
    computed_column.BENCHMARK,
    trigger_cost.BENCHMARK,
    under_traffic.BENCHMARK,
    added_latency.BENCHMARK,
    load_step.BENCHMARK,
    replica.BENCHMARK,
    sizes.BENCHMARK,
    prepared.BENCHMARK,
    compare.BENCHMARK,
    planning.BENCHMARK,
    estimates.BENCHMARK,
    startup.BENCHMARK,
)
