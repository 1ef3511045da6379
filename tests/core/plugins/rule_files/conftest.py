"""Rule files on disk."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RULE = """
    [[rules]]
    id = "{id}"
    version = 1
    description = "ACME key"
    severity = "high"
    confidence = "high"
    pattern = '(?P<secret>{prefix}_[0-9a-f]{{16}})'
    counter_examples = ["{prefix}_{{{{random 0-9a-f 15}}}}"]
    {more}

    [[rules.examples]]
    text = "key = {{{{secret}}}}"
    secret = "{prefix}_{{{{random 0-9a-f 16}}}}"
"""


def rule(rule_id: str = "acme-key", prefix: str = "acme", more: str = "") -> str:
    """Return a table of a sound rule."""
    return dedent(RULE).format(id=rule_id, prefix=prefix, more=more)


@pytest.fixture
def rule_file(tmp_path: Path) -> Callable[..., Path]:
    """Write a rule file and return its path."""

    def write(text: str, name: str = "acme.toml") -> Path:
        path = tmp_path / name
        path.write_text(dedent(text))
        return path

    return write
