"""Schemathesis: valid and invalid requests, generated from the OpenAPI document, against a served application.

These tests run about a hundred cases, to stay quick. Five hundred and more run against a server as follows; it needs no
broker that responds, since nothing is scanned::

    BROKER_URL=redis://127.0.0.1:1 beca serve
    schemathesis --config-file tests/api/schemathesis.toml run http://127.0.0.1:3000/openapi.json \\
        --header "Authorization: Bearer $BECA_TOKEN" --max-examples 60 --exclude-operation-id follow_result
"""

from __future__ import annotations

import asyncio
import json
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from aiohttp import web
from hypothesis import HealthCheck, settings

from beca_api.http.app import create_app
from beca_api.http.handlers import OPERATIONS
from beca_api.http.keys import TOKENS
from beca_api.http.openapi import build_document
from beca_core.storage.services.tokens import SCOPES
from beca_core.system.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core.storage.database import Database

CONFIG = Path(__file__).with_name("schemathesis.toml")


class _NoWorkers:
    """A notifier that notifies no worker."""

    def notify(self, result_id: int) -> None:
        pass


@contextmanager
def _no_workers(_settings: Settings, _database: Database) -> Iterator[_NoWorkers]:
    yield _NoWorkers()


@contextmanager
def _served(app: web.Application) -> Iterator[str]:
    """Serve an application from a thread; yield its address."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    runner = web.AppRunner(app, access_log=None)

    async def start() -> str:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    try:
        yield asyncio.run_coroutine_threadsafe(start(), loop).result(30)
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Address of a served application, and a token that every operation accepts."""
    directory = tmp_path_factory.mktemp("schemathesis")
    own = Settings.load(data_dir=directory, database_url=f"sqlite:///{directory / 'beca.db'}")
    app = create_app(own, notifier=_no_workers)
    with _served(app) as url:
        yield url, app[TOKENS].create("schemathesis", SCOPES)[1]


document = schemathesis.openapi.from_dict(
    json.loads(build_document(OPERATIONS)), config=schemathesis.Config.from_path(CONFIG)
).exclude(operation_id="follow_result")  # of a scan that waits, it never ends


@pytest.mark.slow
@document.parametrize()
@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_every_response_is_documented(case: schemathesis.Case[Any], served: tuple[str, str]) -> None:
    url, token = served
    case.call_and_validate(base_url=url, headers={"Authorization": f"Bearer {token}"})
