"""Rules for keys: what is named a secret key, private keys, stores of certificates and other key material."""

from __future__ import annotations

from typing import Final

FAMILIES: Final = ("secret_key", "private_keys", "checksummed_keys", "key_formats", "tokens_of_jose")
"""The modules with rules, in order; each has a tuple `RULES`."""
