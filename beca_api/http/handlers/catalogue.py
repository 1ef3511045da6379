"""The rules that this server scans with, and the plugins that provide them."""

import asyncio

from aiohttp import web

from beca_api.catalogue.plugin_catalogue import CatalogueContent
from beca_api.http.keys import CATALOGUE
from beca_api.http.operations import Reply, ResponseSpec, as_json, operation
from beca_api.http.schemas.catalogue_schemas import Plugin, PluginList, Rule, RuleList


@operation("GET", "/rules", ResponseSpec(200, "All rules.", RuleList))
async def list_rules(request: web.Request) -> Reply:
    """List the rules of all plugins, by id."""
    return Reply(await asyncio.to_thread(request.app[CATALOGUE].rendered, _rules))


@operation("GET", "/plugins", ResponseSpec(200, "All plugins.", PluginList))
async def list_plugins(request: web.Request) -> Reply:
    """List the installed plugins, including those that could not be loaded."""
    catalogue = request.app[CATALOGUE]
    plugins = [Plugin.model_validate(plugin) for plugin in catalogue.content.plugins]
    return Reply(PluginList(items=plugins, restart_wanted=catalogue.restart_wanted))


def _rules(content: CatalogueContent) -> bytes:
    return as_json(RuleList(items=[Rule.model_validate(rule) for rule in content.rules]))


OPERATIONS = (list_rules, list_plugins)
