"""One pool of servers for all situations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.false_cleans.ways.servers import ServerPool

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def all_servers() -> Iterator[ServerPool]:
    """The servers of this session."""
    pool = ServerPool()
    yield pool
    pool.close()


@pytest.fixture
def servers(all_servers: ServerPool) -> Iterator[ServerPool]:
    """The same servers; those that a test needs for itself are stopped after it."""
    yield all_servers
    all_servers.release()
