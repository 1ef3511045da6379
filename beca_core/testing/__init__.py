"""The kit with which a plugin proves itself; `beca rules test` uses it on every installed rule.

A plugin's whole test can be::

    import acme_rules
    from beca_core.testing import assert_plugin

    def test_the_plugin_proves_itself():
        assert_plugin(acme_rules)

`random_text` makes what looks like a credential, so that none need be written down.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from beca_core.errors import PluginFailed
from beca_core.matching.code_apart import CallLimit
from beca_core.plugins.registry import PluginRegistry
from beca_core.rules.rule import random_text
from beca_core.sources.limits import NEVER, Stop
from beca_core.testing.exercises import extension_failures
from beca_core.testing.rule_proof import RuleProof
from beca_core.testing.side_by_side import SideBySide
from beca_core.testing.workbench import has_code

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from beca_core.plugins.isolation.plugin_process import PluginProcess
    from beca_core.plugins.registration import Plugin
    from beca_core.rules.rule import RuleInfo

__all__ = ["PROOF_SECONDS", "assert_plugin", "prove", "prove_rule", "random_text"]

PROOF_SECONDS: Final = 30.0
"""Time for proving one rule of an installed plugin."""
_FOREVER: Final = 1e9
_LONGEST_FAILURE: Final = 1000


def assert_plugin(
    plugin: object, name: str = "plugin-under-test", *, settings: Mapping[str, object] | None = None
) -> None:
    """Assert that a plugin loads without a problem, that each rule proves itself, and that the rest of it works.

    Filters are asked about made-up findings and must answer True or False; reporters must write a report of each kind,
    without a secret where they are to redact. Processors are asked about the same findings, decoders are given texts
    with their anchors, and what listens to scans is told of some. A source is asked for a target that does not exist,
    which it may refuse. A command is not run; its function must take the arguments that it declares. The plugin must
    load with each value that a setting can have, if these can be listed. Nothing that the plugin registers may raise,
    print or change anything.

    Its code runs in this process, so that a debugger can follow it; a proof that does not end is not stopped.

    Args:
        plugin: The module or object with the `@hookimpl` functions.
        name: What messages call it.
        settings: What is set for it, by the name of the setting.

    Raises:
        AssertionError: With everything that is wrong, a line each.
    """
    registry = PluginRegistry()
    record = registry.register(plugin, name, settings=settings)
    failures = [f"{name}: {problem}" for problem in record.problems]
    for rule_id, found in prove(registry).items():
        failures += [f"{rule_id}: {failure}" for failure in found]
    failures += [f"{name}: {failure}" for failure in extension_failures(record)]
    failures += [f"{name}: {failure}" for failure in _setting_failures(plugin, record)]
    assert not failures, "\n".join(failures)  # noqa: S101 - this is what the function is for


def _setting_failures(plugin: object, record: Plugin) -> Iterator[str]:
    """Yield what is wrong with a plugin when one of its settings has another value."""
    for setting in record.declared_settings:
        values: tuple[object, ...] = (True, False) if setting.kind is bool else setting.choices
        for value in values:
            given = (value,) if setting.kind is tuple else value
            again = PluginRegistry().register(plugin, record.name, settings={**record.given, setting.name: given})
            yield from (
                f"{problem}; its setting {setting.name} was {setting.shown(given)}"
                for problem in again.problems
                if problem not in record.problems
            )


def prove(
    registry: PluginRegistry, rule_ids: Collection[str] | None = None, *, processes: int = 1
) -> dict[str, list[str]]:
    """Return what is wrong with each rule, an empty list where nothing is.

    Args:
        registry: Where the rules are.
        rule_ids: The rules to prove, or None for all.
        processes: How many processes prove rules at most, this one included; the others are forked.

    Raises:
        InvalidInput: If a rule does not exist.
    """
    rules = registry.rules
    chosen = sorted(rules if rule_ids is None else registry.select(rule_ids))
    stop = Stop(_FOREVER)  # what fails again and again is counted under it
    here = [rule_id for rule_id in chosen if _process_of(rule_id, registry) is None]
    without_code = {rule_id for rule_id in here if not has_code(rules[rule_id])}
    compiled = registry.compile(without_code, use_cache=False) if without_code else None
    if compiled is not None:
        compiled.prepare()

    def prove_here(rule_id: str) -> list[str]:
        return list(RuleProof(rules[rule_id], registry, compiled if rule_id in without_code else None).failures())

    with SideBySide(here, prove_here, processes) as side_by_side:
        found = side_by_side.proofs()
    found |= {rule_id: prove_rule(rules[rule_id], registry, stop) for rule_id in chosen if rule_id not in found}
    return {rule_id: found[rule_id] for rule_id in chosen}


def prove_rule(rule: RuleInfo, registry: PluginRegistry, stop: Stop | None = None) -> list[str]:
    """Return what is wrong with a rule, each fault with what was tried and the likely fix.

    A rule of an installed plugin is proved where the code of the plugin runs, within `PROOF_SECONDS`.

    - In each example exactly the given secrets must be found, with the parts, the variant and the confidence that it
      names; in each counter-example nothing, and the step and check that it names must be what drops it.
    - Wrappers must not change what is found: line ends of Windows, a byte order mark, UTF-16, quotes, JSON, YAML, XML,
      a shell script, percent-encoding, a very long line, 100 KB of other text before it, the same text twice.
      Percent-encoding only if scans look into such text for the rule: its confidence is not LOW, and it is located by a
      word of at least 4 bytes that is not an everyday one such as `password`.
    - Near-misses must be refused. They are made from the fields of the rule, the tree of its pattern and its examples:
      characters glued to the secret, characters that the pattern allows and no example has, one character more, the
      other letter case, one character again and again, a wrong digit of a checksum, words and parts that are missing or
      out of reach.
    - Each field that drops candidates must drop a counter-example, or it could be left out unnoticed.
    - `max_bytes` must be enough for each match; the prefilter must have literals or words to look for; no input may
      make the rule raise; its time must grow no faster than its input, and text that is full of its secrets may take
      4 seconds of processor time per MB, or as much more as fixed work takes longer than on an idle machine.

    Args:
        rule: The rule.
        registry: The plugins that it belongs to.
        stop: The same one for several rules: when three proofs of a plugin have not ended, its others are not begun.
    """
    process = _process_of(rule.id, registry)
    if process is None:
        return list(RuleProof(rule, registry).failures())
    request = {"do": "run", "module": __name__, "function": prove_apart.__name__, "argument": rule.id}
    try:
        return process.ask(request, None, CallLimit(PROOF_SECONDS, stop or NEVER), _as_texts)
    except PluginFailed as failure:
        return [f"its proof {failure.event}"]


def prove_apart(plugin: Plugin, rule_id: str) -> list[str]:
    """Return what is wrong with a rule of the plugin whose process this is."""
    registry = PluginRegistry.of(plugin)
    return list(RuleProof(registry.rules[rule_id], registry).failures())


def _process_of(rule_id: str, registry: PluginRegistry) -> PluginProcess | None:
    return next((each.process for each in registry.plugins if each.name == registry.owner(rule_id)), None)


def _as_texts(answer: Any) -> list[str]:
    return [str(failure)[:_LONGEST_FAILURE] for failure in answer]
