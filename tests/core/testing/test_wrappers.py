"""What people put around a secret does not change what a sound rule finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from beca_core import Example, random_text
from beca_core.testing.wrappers import wrapped
from tests.core.testing.conftest import SOUND

Failures = Callable[..., list[str]]


@pytest.mark.parametrize(
    ("pattern", "wrapper"),
    [
        (r"(?:^|\s)(?P<secret>acme_[0-9a-f]{32})(?:$|\s)", "in a string of JSON"),
        (r"\A(?:token = )?(?P<secret>acme_[0-9a-f]{32})", "after 100 KB of other text"),
        (r"(?P<secret>acme_[0-9a-f]{32})\z", "twice in one text"),
        (r"token = (?P<secret>acme_\S{30,})", "in quotes"),
    ],
)
def test_a_rule_that_demands_too_much_around_the_secret_is_told(failures: Failures, pattern: str, wrapper: str) -> None:
    assert any(f"example 1 {wrapper}: found" in failure for failure in failures(pattern=pattern)), failures(
        pattern=pattern
    )


def test_a_line_end_of_unix_is_reported(failures: Failures, token: str) -> None:
    examples = (Example(f"token:\n{token}", secret=token),)
    found = failures(pattern=r"token:\n(?P<secret>acme_[0-9a-f]{32})", multiline=True, examples=examples)
    assert any("with the line ends of Windows" in failure for failure in found), found
    assert failures(pattern=r"token:\r?\n(?P<secret>acme_[0-9a-f]{32})", multiline=True, examples=examples) == []


def test_bytes_that_are_no_text_are_not_wrapped(token: str) -> None:
    assert list(wrapped(SOUND, Example(b"\xff" + token.encode(), secret=token), (token.encode(),))) == []


def test_each_wrapper_holds_the_secret(token: str) -> None:
    texts = list(wrapped(SOUND, Example(f"token = {token}\r\n", secret=token), (token.encode(),)))
    assert len(texts) > 10
    assert len({text.name for text in texts}) == len(texts)
    assert all(token.encode() in text.data.replace(b"\0", b"") for text in texts)


def test_an_anchored_rule_is_not_put_in_a_line(failures: Failures) -> None:
    value = random_text("0123456789abcdef", 32, "anchored")
    assert (
        failures(
            pattern="^ACME_TOKEN=(?P<secret>[0-9a-f]{32})$", examples=(Example(f"ACME_TOKEN={value}", secret=value),)
        )
        == []
    )


def test_a_pattern_that_goes_on_to_the_next_secret_is_reported(failures: Failures) -> None:
    value = random_text("0123456789abcdef", 16, "greedy")
    example = Example(f"acme://me:{value}@host", secret=value)
    found = failures(pattern=r"acme://me:(?P<secret>\S{4,128})@host", boundary="", examples=(example,))
    assert any("twice in a list of JSON: found" in failure for failure in found), found


@pytest.mark.parametrize(("word", "is_wrapped"), [("acme_token", True), ("password", False), ("key", False)])
def test_text_is_percent_encoded_only_where_scans_look_for_the_rule(token: str, word: str, *, is_wrapped: bool) -> None:
    rule = replace(SOUND, pattern=f"{word}=(?P<secret>[0-9a-f]{{32}})")
    example = Example(f"{word}={token[5:]}", secret=token[5:])
    names = [text.name for text in wrapped(rule, example, (token[5:].encode(),))]
    assert ("percent-encoded" in names) == is_wrapped
