"""Two databases: one for the revision as written, one for its deploy in phases."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import psycopg
import pytest

from tests.differential.scenario import Pair


@pytest.fixture
def pair(create_database: Callable[[], str]) -> Iterator[Pair]:
    """Two empty databases."""
    with ExitStack() as stack:
        urls = create_database(), create_database()
        naive, online = (stack.enter_context(psycopg.connect(url, autocommit=True)) for url in urls)
        yield Pair(naive=naive, online=online, url=urls[1])
