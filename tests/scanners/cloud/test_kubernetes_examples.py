"""Values in a Secret of Kubernetes that are examples: they are doubted, however often they are encoded."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

import pytest

from beca_core import Confidence, random_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.scanners.conftest import Found

    Find = Callable[[str, str | bytes], Found]

RULE = "kubernetes-secret-value"
VALUE = random_text("bcdfghjkmnpqrstvwxzBCDFGHJKMNPQRSTVWXZ23456789", 16, "kubernetes").encode()


def manifest(value: bytes) -> bytes:
    return b"apiVersion: v1\nkind: Secret\ndata:\n  password: " + b64encode(value) + b"\n"


@pytest.mark.parametrize(
    ("value", "confidence"),
    [
        (VALUE, Confidence.HIGH),
        (b64encode(VALUE), Confidence.HIGH),
        (VALUE + b"EXAMPLE", Confidence.LOW),
        (b64encode(b'{"key": "-----BEGIN EXAMPLE KEY-----"}'), Confidence.LOW),
        (b"http://proxyuser:password@proxy.acme.dev:3128", Confidence.LOW),
        (b"http://proxyuser:" + VALUE + b"@proxy.acme.dev:3128", Confidence.HIGH),
        (b'{"auths": {"https://registry.example/v1/": {"auth": "%b"}}}' % b64encode(b"open:sesame"), Confidence.HIGH),
    ],
)
def test_an_example_in_a_secret_is_doubted(value: bytes, confidence: Confidence, find: Find) -> None:
    assert find(RULE, manifest(value)) == [(b64encode(value), confidence)]
