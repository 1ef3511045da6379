"""The built-in rules: a plugin like any other, with a folder for each field and a module for each family of secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core import hookimpl
from beca_scanners import (
    ai,
    business,
    cloud,
    code,
    consumer,
    data,
    files,
    frameworks,
    identity,
    infrastructure,
    keys,
    messaging,
    observability,
    payments,
)
from beca_scanners.cloud import aws
from beca_scanners.files import kubernetes
from beca_scanners.generic.generic_rules import RULES as GENERIC_RULES
from beca_scanners.generic.prose.prose_rule import prose_rule
from beca_scanners.generic.vendors.provider_rule import provider_rule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from beca_core import Rule, Scanner

_FIELDS: Final = (
    keys,
    ai,
    cloud,
    code,
    data,
    infrastructure,
    observability,
    messaging,
    payments,
    business,
    identity,
    consumer,
    files,
    frameworks,
)


@hookimpl
def beca_register_rules() -> Iterable[Rule]:
    """Return every declarative rule, the default one first."""
    rules = [rule for field in _FIELDS for rule in field.RULES]
    providers = {rule.provider for rule in rules}
    return (*rules, *GENERIC_RULES, provider_rule(providers), prose_rule(providers))


@hookimpl
def beca_register_scanners() -> Iterable[Scanner]:
    """Return the scanners: what needs code, because it is more than one pattern."""
    return (*aws.SCANNERS, *kubernetes.SCANNERS)
