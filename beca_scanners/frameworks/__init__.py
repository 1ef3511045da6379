"""Rules for software that people run themselves: web frameworks, servers and content management."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_scanners.frameworks import php_applications, web_frameworks

if TYPE_CHECKING:
    from beca_core import Rule

RULES: Final[tuple[Rule, ...]] = (*php_applications.RULES, *web_frameworks.RULES)
