"""The built-in rules: a plugin like any other, one module for each family of secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from beca_core import hookimpl
from beca_scanners import aws, github, private_keys, secret_key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from beca_core import Rule, Scanner


@hookimpl
def beca_register_rules() -> Iterable[Rule]:
    """Return every declarative rule, the default one first."""
    return (secret_key.RULE, *private_keys.RULES, *github.RULES)


@hookimpl
def beca_register_scanners() -> Iterable[Scanner]:
    """Return the scanner of AWS access keys, which come in pairs."""
    return aws.SCANNERS
