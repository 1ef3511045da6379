"""Rules for what software is made with: hosting of code, continuous integration, registries of packages, tools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_scanners.code import (
    api_tools,
    artifacts,
    atlassian,
    browser_tests,
    code_analysis,
    github,
    github_forms,
    gitlab,
    npm,
    pipelines,
    registries,
    workbenches,
)

if TYPE_CHECKING:
    from beca_core import Rule

RULES: Final[tuple[Rule, ...]] = (
    *github.RULES,
    *github_forms.RULES,
    *gitlab.RULES,
    *atlassian.RULES,
    *pipelines.RULES,
    *code_analysis.RULES,
    *browser_tests.RULES,
    *workbenches.RULES,
    *registries.RULES,
    *npm.RULES,
    *artifacts.RULES,
    *api_tools.RULES,
)
