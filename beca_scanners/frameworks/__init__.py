"""Rules for software that people run themselves: web frameworks, servers and content management."""

from __future__ import annotations

from typing import Final

FAMILIES: Final = (
    "php_applications",
    "web_frameworks",
)
"""The modules with rules, in order; each has a tuple `RULES`."""
