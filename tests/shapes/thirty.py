"""Thirty shapes of credentials as rules without any code: a vendor's token, a word and a value, a document.

All vendors are made up. `thirty.toml` has the same rules in TOML.
"""

from __future__ import annotations

from typing import Final

from beca_core import Rule
from tests.shapes import formats, surrounded, tokens

SHAPES: Final = tuple(
    rule for module in (tokens, surrounded, formats) for rule in vars(module).values() if isinstance(rule, Rule)
)
"""All of them; the two headers of HTTP count as one shape."""
