"""The first start of a server: it creates a token and shows how to use it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_api.http.ui import START_PAGE
from beca_core.storage.services.tokens import SCOPES

if TYPE_CHECKING:
    from beca_core.storage.services.tokens import TokenService

_EXAMPLE: Final = '{"name": "Hello World", "url": "https://github.com/octocat/Hello-World"}'


def first_token(tokens: TokenService) -> str | None:
    """Create a token with all scopes and return it; return None if a token was ever created."""
    if tokens.any():
        return None
    _, token = tokens.create("first start", SCOPES)
    return token


def welcome(url: str, token: str | None) -> str:
    """Return what a server prints when it has started.

    Args:
        url: Where it listens, without a trailing slash.
        token: The token that was just created, or None.
    """
    lines = [f"BECA listens on {url} (API: {url}{START_PAGE})"]
    if token is not None:
        lines += ["", "This token is shown only this once:", "", f"  export BECA_TOKEN={token}", "", *_examples(url)]
    return "\n".join(lines)


def _examples(url: str) -> list[str]:
    """Return commands that can be pasted into a shell, one after the other."""
    curl = """curl -sS -w '\\n' -H "Authorization: Bearer $BECA_TOKEN\""""
    return [
        "Register a repository, scan it, wait for the end, and read the findings:",
        "",
        f"  {curl} -H 'Content-Type: application/json' -d '{_EXAMPLE}' {url}/repositories",
        f"  {curl} -X POST {url}/repositories/1/scans",
        f'  until {curl} {url}/results/1 | grep -oE \'"status":"(Success|Failure)"\'; do sleep 1; done',
        f"  {curl} {url}/results/1/findings",
    ]
