"""Rules for customer relations, marketing, documents, projects, design and support."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_scanners.business import (
    automation,
    content_systems,
    crm,
    design,
    documents,
    form_builders,
    organizations,
    projects,
    support,
)

if TYPE_CHECKING:
    from beca_core import Rule

RULES: Final[tuple[Rule, ...]] = (
    *crm.RULES,
    *support.RULES,
    *documents.RULES,
    *projects.RULES,
    *design.RULES,
    *content_systems.RULES,
    *form_builders.RULES,
    *automation.RULES,
    *organizations.RULES,
)
