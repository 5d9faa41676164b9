"""Pools of an application, as it would open them, each as a function that makes one request."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any

import asyncpg
import psycopg_pool
import sqlalchemy
from sqlalchemy.ext.asyncio import create_async_engine

CONNECTIONS = 4
APPLICATION = "shop-web"
SELECT = "SELECT * FROM account WHERE id = "
Request = Callable[[int], object]
"""Reads the account of an id; raises what the driver raises."""


@contextmanager
def psycopg(url: str, *, autocommit: bool = False) -> Iterator[Request]:
    """A psycopg_pool that checks a connection before it lends it."""
    with psycopg_pool.ConnectionPool(
        url,
        min_size=CONNECTIONS,
        max_size=CONNECTIONS,
        kwargs={"application_name": APPLICATION, "autocommit": autocommit},
        check=psycopg_pool.ConnectionPool.check_connection,
    ) as pool:
        pool.wait()

        def request(id_: int) -> None:
            with pool.connection() as connection:
                connection.execute(SELECT + "%s", [id_]).fetchall()

        yield request


@contextmanager
def sqlalchemy_psycopg(url: str) -> Iterator[Request]:
    """An engine with pool_pre_ping."""
    engine = sqlalchemy.create_engine(
        _dialect(url, "psycopg"),
        pool_size=CONNECTIONS,
        pool_pre_ping=True,
        connect_args={"application_name": APPLICATION},
    )

    def request(id_: int) -> None:
        with engine.begin() as connection:
            connection.execute(sqlalchemy.text(SELECT + ":id"), {"id": id_}).all()

    try:
        yield request
    finally:
        engine.dispose()


@contextmanager
def asyncpg_pool(url: str) -> Iterator[Request]:
    """An asyncpg pool; it replaces a connection that was ended when it is given back."""
    with _loop() as run:
        settings = {"application_name": APPLICATION}
        pool = run(_opened(url, settings))

        async def request(id_: int) -> None:
            async with pool.acquire() as connection, connection.transaction():
                await connection.fetch(SELECT + "$1", id_)

        yield lambda id_: run(request(id_))
        run(pool.close())


@contextmanager
def sqlalchemy_asyncpg(url: str) -> Iterator[Request]:
    """An asynchronous engine with pool_pre_ping."""
    engine = create_async_engine(
        _dialect(url, "asyncpg"),
        pool_size=CONNECTIONS,
        pool_pre_ping=True,
        connect_args={"server_settings": {"application_name": APPLICATION}},
    )

    async def request(id_: int) -> None:
        async with engine.begin() as connection:
            (await connection.execute(sqlalchemy.text(SELECT + ":id"), {"id": id_})).all()

    with _loop() as run:
        yield lambda id_: run(request(id_))
        run(engine.dispose())


POOLS: Mapping[str, Callable[[str], AbstractContextManager[Request]]] = {
    "psycopg_pool": psycopg,
    "psycopg_pool, autocommit": partial(psycopg, autocommit=True),
    "SQLAlchemy, psycopg": sqlalchemy_psycopg,
    "asyncpg": asyncpg_pool,
    "SQLAlchemy, asyncpg": sqlalchemy_asyncpg,
}


async def _opened(url: str, settings: dict[str, str]) -> Any:
    return await asyncpg.create_pool(url, min_size=CONNECTIONS, max_size=CONNECTIONS, server_settings=settings)


def _dialect(url: str, driver: str) -> sqlalchemy.URL:
    return sqlalchemy.make_url(url).set(drivername=f"postgresql+{driver}")


@contextmanager
def _loop() -> Iterator[Callable[[Coroutine[Any, Any, Any]], Any]]:
    """An event loop in a thread of its own, and how other threads have it run something."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield lambda work: asyncio.run_coroutine_threadsafe(work, loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
