"""Start and stop of the application: the resources that it opens and closes, and the states that it refuses."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from beca_api.http.app import create_app
from beca_api.http.keys import CATALOGUE, DATABASE
from beca_core import hookimpl
from beca_core.errors import BecaError, InvalidSettings, SchemaMismatch
from beca_core.plugins.registry import PluginRegistry
from beca_core.storage.database import Database
from beca_core.system.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from aiohttp.test_utils import TestClient

    Client = TestClient[web.Request, web.Application]


async def run(settings: Settings, notifier: Any) -> None:
    """Start an application and stop it again."""
    runner = web.AppRunner(create_app(settings, notifier=notifier.open))
    try:
        await runner.setup()
    finally:
        await runner.cleanup()


async def test_an_sqlite_database_is_created_and_upgraded(tmp_path: Path, notifier: Any) -> None:
    settings = Settings.load(data_dir=tmp_path / "new" / "data")
    await run(settings, notifier)
    with Database.from_settings(settings) as database:
        database.check_schema()


async def test_a_postgresql_database_is_not_upgraded(tmp_path: Path, postgres_server: Any, notifier: Any) -> None:
    url = postgres_server.create(schema=False)
    try:
        with pytest.raises(SchemaMismatch):
            await run(Settings.load(data_dir=tmp_path, database_url=url), notifier)
        with Database(url) as database, pytest.raises(SchemaMismatch):
            database.check_schema()
    finally:
        postgres_server.drop(url)


async def test_one_application_at_a_time_owns_an_sqlite_database(
    start: Callable[..., Awaitable[Client]], settings: Settings, notifier: Any
) -> None:
    await start(settings)
    with pytest.raises(InvalidSettings, match="Another BECA server"):
        await run(settings, notifier)


async def test_opened_resources_are_closed_when_a_later_step_fails(settings: Settings, notifier: Any) -> None:
    @contextmanager
    def fail(_settings: Settings, _database: Database) -> Iterator[Any]:
        raise BecaError("no broker")
        yield

    runner = web.AppRunner(create_app(settings, notifier=fail))
    with pytest.raises(BecaError, match="no broker"):
        await runner.setup()
    await runner.cleanup()
    await run(settings, notifier)


async def test_the_notifier_is_opened_after_the_database_and_closed_before_it(settings: Settings) -> None:
    seen: list[str] = []

    @contextmanager
    def open_it(given: Settings, database: Database) -> Iterator[Any]:
        assert given is settings
        database.ping()
        seen.append("open")
        yield
        database.ping()
        seen.append("closed")

    runner = web.AppRunner(create_app(settings, notifier=open_it))
    await runner.setup()
    assert runner.app[DATABASE].is_sqlite
    await runner.cleanup()
    assert seen == ["open", "closed"]


async def test_problems_of_plugins_are_logged_and_disabled_ones_are_not_loaded(
    settings: Settings, notifier: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = PluginRegistry.load()
    plugin = SimpleNamespace(beca_register_rules=hookimpl(lambda: ()))
    registry.register(plugin, "twice")
    registry.register(plugin, "twice")
    asked: list[Any] = []

    def load(*, disabled: Any, settings: Any) -> PluginRegistry:
        assert settings == {}
        asked.append(disabled)
        return registry

    monkeypatch.setattr(PluginRegistry, "load", load)
    changed = settings.model_copy(update={"disabled_plugins": frozenset({"other"})})
    runner = web.AppRunner(create_app(changed, notifier=notifier.open))
    with capture_logs() as logs:
        await runner.setup()
    assert [plugin["name"] for plugin in runner.app[CATALOGUE].content.plugins][-2:] == ["twice", "twice"]
    await runner.cleanup()
    assert asked == [frozenset({"other"})]
    (line,) = [line for line in logs if line["event"] == "plugin problem"]
    assert (line["plugin"], line["log_level"]) == ("twice", "warning")


async def test_a_server_without_any_rule_does_not_start(settings: Settings, notifier: Any) -> None:
    changed = settings.model_copy(update={"disabled_plugins": frozenset({"builtin"})})
    runner = web.AppRunner(create_app(changed, notifier=notifier.open))
    with pytest.raises(InvalidSettings, match="No plugin registers a rule") as caught:
        await runner.setup()
    assert "BECA_DISABLED_PLUGINS" in caught.value.hint
    await runner.cleanup()


async def test_readiness_depends_on_the_database_and_health_does_not(
    api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in ("/healthz", "/readyz"):
        assert await (await api.get(path)).json() == {"status": "ok"}

    def fail(_database: Database) -> None:
        raise SchemaMismatch("The schema is older.", hint="Run: beca db upgrade")

    monkeypatch.setattr(Database, "check_schema", fail)
    answer = await api.get("/readyz")
    assert answer.status == 503
    assert "beca db upgrade" in (await answer.json())["detail"]
    assert (await api.get("/healthz")).status == 200


@pytest.mark.slow
async def test_a_slow_request_does_not_block_others(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, may_end = threading.Event(), threading.Event()
    monkeypatch.setattr(Database, "check_schema", lambda _database: begun.set() or may_end.wait(60))
    slow = asyncio.create_task(api.get("/readyz"))
    while not begun.is_set():  # noqa: ASYNC110 - it is an event of threads
        await asyncio.sleep(0.01)
    assert (await api.get("/healthz")).status == 200
    assert not slow.done()
    may_end.set()
    assert (await slow).status == 200
