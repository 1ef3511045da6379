"""The rules that this server scans with, and the plugins that provide them."""

from aiohttp import web

from beca_api.http.keys import PLUGINS
from beca_api.http.operations import Reply, ResponseSpec, operation
from beca_api.http.response_schemas import Plugin, PluginList, Rule, RuleList
from beca_core.plugins import registration


@operation("GET", "/rules", ResponseSpec(200, "All rules.", RuleList))
async def list_rules(request: web.Request) -> Reply:
    """List the rules of all plugins, by id."""
    registry = request.app[PLUGINS]
    rules = [
        Rule(
            id=rule.id,
            version=rule.version,
            description=rule.description,
            severity=rule.severity,
            confidence=rule.confidence,
            references=list(rule.references),
            remediation=rule.remediation,
            plugin=registry.owner(rule.id),
        )
        for rule in registry.rules.values()
    ]
    return Reply(RuleList(items=rules))


@operation("GET", "/plugins", ResponseSpec(200, "All plugins.", PluginList))
async def list_plugins(request: web.Request) -> Reply:
    """List the installed plugins, including those that could not be loaded."""
    return Reply(PluginList(items=[_plugin(plugin) for plugin in request.app[PLUGINS].plugins]))


def _plugin(plugin: registration.Plugin) -> Plugin:
    scanned = [rule for scanner in plugin.scanners for rule in scanner.rules]
    return Plugin(
        name=plugin.name,
        distribution=plugin.distribution,
        rules=sorted(rule.id for rule in [*plugin.rules, *scanned]),
        problems=plugin.problems,
        warnings=plugin.warnings,
    )


OPERATIONS = (list_rules, list_plugins)
