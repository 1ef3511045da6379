"""Rules for what software is made with: hosting of code, continuous integration, registries of packages, tools."""

from __future__ import annotations

from typing import Final

FAMILIES: Final = (
    "github",
    "github_forms",
    "gitlab",
    "atlassian",
    "pipelines",
    "code_analysis",
    "browser_tests",
    "workbenches",
    "registries",
    "npm",
    "artifacts",
    "api_tools",
)
"""The modules with rules, in order; each has a tuple `RULES`."""
