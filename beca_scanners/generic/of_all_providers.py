"""The rules that know the providers of all other rules by name."""

from __future__ import annotations

from importlib import import_module
from typing import Final

import beca_scanners
from beca_scanners.generic.prose.prose_rule import prose_rule
from beca_scanners.generic.vendors.provider_rule import provider_rule

_OTHERS: Final = (
    import_module(f"{beca_scanners.__name__}.{family}")
    for family in beca_scanners.FAMILIES
    if not __name__.endswith(family)
)
_PROVIDERS: Final = {rule.provider for family in _OTHERS for rule in beca_scanners.rules_of(family)}

RULES: Final = (provider_rule(_PROVIDERS), prose_rule(_PROVIDERS))
