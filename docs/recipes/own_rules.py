"""Rules of your own

An `Engine` takes `Rule` and `Scanner` objects as they are. The [tutorial](../tutorial/first-plugin.md) makes a plugin
of them.
"""

from beca_core import Confidence, Engine, Example, PluginRegistry, Rule, Severity
from beca_core.testing import prove

TOKEN = "acme_" + "0f" * 16

rule = Rule(
    id="acme-token",
    version=1,
    description="ACME internal token",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    pattern=r"\b(?P<secret>acme_[0-9a-f]{32})\b",
    examples=(Example(f"token = {TOKEN}", secret=TOKEN),),
    counter_examples=("acme_readme",),
)

own = PluginRegistry().with_rules([rule])
assert prove(own) == {"acme-token": []}, "an example is not found, or a counter-example is"

engine = Engine(rules=[rule])  # this rule alone; no plugin is loaded
for finding in engine.scan_text(f"token = {TOKEN}\nprivate_key = hunter2hunter2"):
    print("alone:", finding.rule_id, finding.redacted)

engine = Engine(rules=[rule, "secret-key"])  # installed rules by id
print("chosen:", *engine.rules)

engine = Engine(PluginRegistry.load().with_rules([rule]))  # all installed rules
print("all:", len(engine.rules))
