"""What files of other scanners say, in BECA's words: rules, allow-lists and findings that somebody has accepted.

The commands `beca import` and the plugin `beca-gitleaks` have this in common. What cannot be said is named, with its
line and its effect; nothing is dropped silently.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from beca_core.plugins.foreign.foreign_allow import AllowTarget, ForeignAllow
    from beca_core.plugins.foreign.gitleaks.translation import GitleaksConfig, translate_gitleaks
    from beca_core.plugins.foreign.go_patterns import NotTranslated, searched
    from beca_core.plugins.foreign.remarks import Effect, Remark

_HOMES = {
    "AllowTarget": "foreign_allow",
    "Effect": "remarks",
    "ForeignAllow": "foreign_allow",
    "GitleaksConfig": "gitleaks.translation",
    "NotTranslated": "go_patterns",
    "Remark": "remarks",
    "searched": "go_patterns",
    "translate_gitleaks": "gitleaks.translation",
}

__all__ = [
    "AllowTarget",
    "Effect",
    "ForeignAllow",
    "GitleaksConfig",
    "NotTranslated",
    "Remark",
    "searched",
    "translate_gitleaks",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'beca_core.plugins.foreign' has no attribute {name!r}")
    value = getattr(import_module(f"beca_core.plugins.foreign.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
