"""The built-in rules: a plugin like any other, with a folder for each field and a module for each family of secrets.

A family is imported when its rules are asked for, and not before: a scan that knows from its cache what to look for
imports only the families of which it finds something.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

from beca_core import hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import ModuleType

    from beca_core import Rule, Scanner

FAMILIES: Final = (
    "keys",
    "ai",
    "cloud",
    "code",
    "data",
    "infrastructure",
    "observability",
    "messaging",
    "payments",
    "business",
    "identity",
    "consumer",
    "files",
    "frameworks",
    "generic.generic_rules",
    "generic.of_all_providers",
)
"""Each has a tuple `FAMILIES` of its own, or is a module with a tuple `RULES`; the default rule comes first."""


@hookimpl
def beca_register_rules() -> Iterable[Rule]:
    """Return every declarative rule, the default one first."""
    return tuple(rule for family in FAMILIES for rule in rules_of(import_module(f"{__name__}.{family}")))


@hookimpl
def beca_register_scanners() -> Iterable[Scanner]:
    """Return the scanners: what needs code, because it is more than one pattern."""
    from beca_scanners.cloud import aws
    from beca_scanners.files import kubernetes

    return (*aws.SCANNERS, *kubernetes.SCANNERS)


def rules_of(family: ModuleType) -> Iterator[Rule]:
    """Yield the declarative rules of a module, or of a package of modules, in order."""
    if hasattr(family, "FAMILIES"):
        for name in family.FAMILIES:
            yield from rules_of(import_module(f"{family.__name__}.{name}"))
    else:
        yield from family.RULES
