"""Rules for keys: what is named a secret key, private keys, stores of certificates and other key material."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_scanners.keys import checksummed_keys, key_formats, private_keys, secret_key, tokens_of_jose

if TYPE_CHECKING:
    from beca_core import Rule

RULES: Final[tuple[Rule, ...]] = (
    secret_key.RULE,
    *private_keys.RULES,
    *checksummed_keys.RULES,
    *key_formats.RULES,
    tokens_of_jose.JWT,
)
