"""The child process of `load_in_child`: `python -m beca_api.catalogue.catalogue_process FILES [DISABLED_PLUGIN...]`.

`FILES` is a list of the paths of rule files, as JSON.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from typing import TYPE_CHECKING, Any

from beca_api.catalogue.plugin_catalogue import MAX_ANSWER_BYTES, CatalogueContent
from beca_core.errors import BecaError
from beca_core.plugins.registry import PluginRegistry
from beca_core.system.plugin_tables import handed_on

if TYPE_CHECKING:
    from collections.abc import Collection


def main(rules_files: Collection[str], disabled_plugins: Collection[str]) -> None:
    """Load the plugins and write what is known of them, as JSON."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_ANSWER_BYTES, MAX_ANSWER_BYTES))
    answer = os.dup(1)
    os.dup2(2, 1)  # what a plugin prints does not belong to the answer
    document = _document(rules_files, disabled_plugins)
    with os.fdopen(answer, "wb") as stream:
        stream.write(json.dumps(document).encode())


def _document(rules_files: Collection[str], disabled_plugins: Collection[str]) -> dict[str, Any]:
    try:
        registry = PluginRegistry.load(disabled=disabled_plugins, settings=handed_on()).with_rule_files(rules_files)
    except BecaError as error:
        return {"error": str(error)}
    if not registry.rules:
        return {"error": "No plugin registers a rule."}
    return CatalogueContent.of(registry)._asdict()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), sys.argv[2:])
