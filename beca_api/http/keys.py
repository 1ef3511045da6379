"""The typed keys of the resources that the application holds; `beca_api.http.app` fills them."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from beca_api.catalogue.plugin_catalogue import Catalogue
from beca_api.delivery.plugin_consumers import PluginConsumers
from beca_api.http.access.token_uses import TokenUses
from beca_api.http.database_calls import DatabaseCalls
from beca_api.http.streams.result_watch import ResultWatch
from beca_api.texts.text_scanner import TextScanner
from beca_api.worker.notifications import ScanNotifier
from beca_core.storage.database import Database
from beca_core.storage.services.audit import AuditService
from beca_core.storage.services.issues import IssueService
from beca_core.storage.services.repositories import RepositoryService
from beca_core.storage.services.results import ResultService
from beca_core.storage.services.summary import SummaryService
from beca_core.storage.services.tokens import TokenService
from beca_core.system.settings import Settings

AUDIT: Final = web.AppKey("audit", AuditService)
CALLS: Final = web.AppKey("calls", DatabaseCalls)
CATALOGUE: Final = web.AppKey("catalogue", Catalogue)
DATABASE: Final = web.AppKey("database", Database)
DOCUMENT: Final = web.AppKey("document", bytes)
ISSUES: Final = web.AppKey("issues", IssueService)
NOTIFIER: Final = web.AppKey("notifier", ScanNotifier)
PLUGIN_CONSUMERS: Final = web.AppKey("plugin_consumers", PluginConsumers)
REPOSITORIES: Final = web.AppKey("repositories", RepositoryService)
RESULT_WATCH: Final = web.AppKey("result_watch", ResultWatch)
RESULTS: Final = web.AppKey("results", ResultService)
SETTINGS: Final = web.AppKey("settings", Settings)
SUMMARY: Final = web.AppKey("summary", SummaryService)
TEXT_SCANNER: Final = web.AppKey("text_scanner", TextScanner)
TOKEN_USES: Final = web.AppKey("token_uses", TokenUses)
TOKENS: Final = web.AppKey("tokens", TokenService)
