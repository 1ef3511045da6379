"""Rules for customer relations, marketing, documents, projects, design and support."""

from __future__ import annotations

from typing import Final

FAMILIES: Final = (
    "crm",
    "support",
    "documents",
    "projects",
    "design",
    "content_systems",
    "form_builders",
    "automation",
    "organizations",
)
"""The modules with rules, in order; each has a tuple `RULES`."""
