"""The application: the resources that it holds, its middlewares, and its routes."""

from __future__ import annotations

import asyncio
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Final

import structlog
from aiohttp import web

from beca_api.catalogue.plugin_catalogue import Catalogue, CatalogueContent
from beca_api.delivery.event_poller import EventPoller
from beca_api.delivery.plugin_consumers import PluginConsumers
from beca_api.http.access.auth import require_scope
from beca_api.http.access.security import known_host, same_origin, security_headers
from beca_api.http.access.token_uses import TokenUses
from beca_api.http.connections.client_connection import HANDLER_OPTIONS
from beca_api.http.connections.listening import most_connections
from beca_api.http.database_calls import DatabaseCalls
from beca_api.http.handlers import OPERATIONS
from beca_api.http.keys import (
    AUDIT,
    CALLS,
    CATALOGUE,
    DATABASE,
    DOCUMENT,
    ISSUES,
    NOTIFIER,
    PLUGIN_CONSUMERS,
    REPOSITORIES,
    RESULT_WATCH,
    RESULTS,
    SETTINGS,
    SUMMARY,
    TEXT_SCANNER,
    TOKEN_USES,
    TOKENS,
)
from beca_api.http.openapi import build_document
from beca_api.http.problems import problems
from beca_api.http.request_log import request_log
from beca_api.http.streams.result_watch import ResultWatch
from beca_api.http.ui import add_pages
from beca_api.texts.text_scanner import TextScanner
from beca_api.worker.disk_relief import relieve_disk
from beca_api.worker.embedded import open_notifier
from beca_core.errors import InvalidSettings
from beca_core.plugins.installation import Installation
from beca_core.plugins.registry import PluginRegistry
from beca_core.rules.rule_selection import RuleChoice
from beca_core.sources.limits import UrlPolicy
from beca_core.storage.database import REQUEST_PATIENCE, Database
from beca_core.storage.fingerprint_key import fingerprint_key
from beca_core.storage.services.audit import AuditService
from beca_core.storage.services.issues import IssueService
from beca_core.storage.services.recorded_key import KeyRecord
from beca_core.storage.services.repositories import RepositoryService
from beca_core.storage.services.results import ResultService
from beca_core.storage.services.summary import SummaryService
from beca_core.storage.services.tokens import TokenService

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractContextManager
    from typing import TypeAlias

    from beca_api.worker.notifications import ScanNotifier
    from beca_core.system.settings import Settings

    OpenNotifier: TypeAlias = Callable[[Settings, Database], AbstractContextManager[ScanNotifier]]

_DOCUMENT: Final = build_document(OPERATIONS)

_log = structlog.stdlib.get_logger(__name__)


def create_app(settings: Settings, *, notifier: OpenNotifier = open_notifier) -> web.Application:
    """Return the application; it opens its resources when it starts and closes them when it stops.

    Args:
        settings: The server's settings.
        notifier: Opens what notifies the workers.
    """
    app = web.Application(
        middlewares=[request_log, problems, known_host, same_origin],
        client_max_size=settings.max_body_bytes,
        handler_args=HANDLER_OPTIONS,
    )
    app[SETTINGS] = settings
    app[DOCUMENT] = _DOCUMENT
    app.on_response_prepare.append(security_headers)
    app.on_shutdown.append(_end_streams)
    app.cleanup_ctx.extend(
        [
            _calls,
            _disk,
            _database,
            _services,
            _token_uses,
            _result_watch,
            _catalogue,
            _text_scanner,
            _refreshed_plugins,
            partial(_notifier, notifier),
            _event_poller,
        ]
    )
    _add_operations(app)
    add_pages(app)
    return app


async def _end_streams(app: web.Application) -> None:
    """End the streams first: the server waits for the requests that it answers."""
    app[RESULT_WATCH].close()


def _add_operations(app: web.Application) -> None:
    for operation in OPERATIONS:
        handler = require_scope(operation.scope, operation.handle)
        app.router.add_route(operation.method, operation.path, handler)
        if operation.method == "GET":
            app.router.add_route("HEAD", operation.path, handler)


async def _calls(app: web.Application) -> AsyncIterator[None]:
    with DatabaseCalls() as app[CALLS]:
        yield


async def _disk(app: web.Application) -> AsyncIterator[None]:
    """Free disk space before anything is written, if this process runs the scans."""
    if not app[SETTINGS].broker_url.get_secret_value():
        await asyncio.to_thread(relieve_disk, app[SETTINGS])
    yield


async def _database(app: web.Application) -> AsyncIterator[None]:
    """Open and own the database. An SQLite schema is upgraded here, a PostgreSQL schema by `beca db upgrade`."""
    with closing(Database.from_settings(app[SETTINGS], patience=REQUEST_PATIENCE)) as database, database.serving():
        await asyncio.to_thread(database.upgrade if database.is_sqlite else database.check_schema)
        app[DATABASE] = database
        yield


async def _services(app: web.Application) -> AsyncIterator[None]:
    settings, database = app[SETTINGS], app[DATABASE]
    policy = UrlPolicy(settings.allowed_schemes, settings.allow_private_hosts)
    app[REPOSITORIES] = RepositoryService(database, policy)
    app[RESULTS] = ResultService(database)
    app[ISSUES] = IssueService(database)
    app[SUMMARY] = SummaryService(database, settings.sweep_seconds)
    app[TOKENS] = TokenService(database)
    app[AUDIT] = AuditService(database)
    yield


async def _token_uses(app: web.Application) -> AsyncIterator[None]:
    app[TOKEN_USES] = uses = TokenUses(app[TOKENS], app[CALLS])
    task = asyncio.create_task(uses.run())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _result_watch(app: web.Application) -> AsyncIterator[None]:
    most = min(app[SETTINGS].max_event_streams, most_connections(app[SETTINGS]) // 2)
    app[RESULT_WATCH] = watch = ResultWatch(app[RESULTS], app[CALLS], most)
    task = asyncio.create_task(watch.run())
    yield
    watch.close()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _catalogue(app: web.Application) -> AsyncIterator[None]:
    disabled, choice = app[SETTINGS].disabled_plugins, RuleChoice(*app[SETTINGS].rule_choice)
    tables = app[SETTINGS].plugin_settings
    installation = await asyncio.to_thread(Installation.look, choice.files)
    registry = await asyncio.to_thread(PluginRegistry.load, disabled=disabled, settings=tables)
    registry = await asyncio.to_thread(registry.with_rule_files, choice.files)
    registry.choose(choice.rules, choice.excluded)  # a wrong setting shows at once
    app[CATALOGUE] = Catalogue(CatalogueContent.of(registry), installation, disabled, choice.files, tables)
    if not registry.rules:
        raise InvalidSettings(
            "No plugin registers a rule, so nothing would be found.",
            hint="BECA_DISABLED_PLUGINS names plugins that are left out; the rules of BECA itself are in builtin.",
        )
    registry.close()  # nothing is scanned in this process
    app[PLUGIN_CONSUMERS] = PluginConsumers(registry, app[SETTINGS])
    yield


async def _text_scanner(app: web.Application) -> AsyncIterator[None]:
    settings = app[SETTINGS]
    key = await asyncio.to_thread(fingerprint_key, settings)
    await asyncio.to_thread(KeyRecord(app[DATABASE]).adopt, key)
    choice, tables = RuleChoice(*settings.rule_choice), settings.plugin_settings
    async with TextScanner(
        key,
        settings.disabled_plugins,
        choice=choice,
        plugin_settings=tables,
        processes=settings.text_processes,
    ) as scanner:
        app[TEXT_SCANNER] = scanner
        yield


async def _refreshed_plugins(app: web.Application) -> AsyncIterator[None]:
    """Look with each sweep whether other plugins are installed, for what lives as long as the server."""
    task = asyncio.create_task(_refresh_plugins(app))
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _refresh_plugins(app: web.Application) -> None:
    while True:
        await asyncio.sleep(app[SETTINGS].sweep_seconds)
        try:
            await asyncio.to_thread(app[CATALOGUE].refresh, partial(_renew, app))
        except Exception as error:  # noqa: BLE001 - the next sweep may succeed
            _log.warning("plugins not looked at", error=type(error).__name__)


def _renew(app: web.Application) -> None:
    app[TEXT_SCANNER].renew()
    app[PLUGIN_CONSUMERS].renew()


async def _event_poller(app: web.Application) -> AsyncIterator[None]:
    """Deliver events to plugins, with a connection of its own."""
    with closing(Database.from_settings(app[SETTINGS])) as database:
        poller = EventPoller(database, app[PLUGIN_CONSUMERS])
        with poller:
            yield
            await asyncio.to_thread(poller.stop)


async def _notifier(open_it: OpenNotifier, app: web.Application) -> AsyncIterator[None]:
    """Open the notifier; in the embedded set-up this also starts a worker, with connections of its own."""
    with closing(Database.from_settings(app[SETTINGS])) as database:
        notifier = open_it(app[SETTINGS], database)
        app[NOTIFIER] = await asyncio.to_thread(notifier.__enter__)
        yield
        await asyncio.to_thread(notifier.__exit__, None, None, None)
