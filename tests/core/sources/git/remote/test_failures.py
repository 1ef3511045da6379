"""From git's words to ours."""

from __future__ import annotations

import pytest

from beca_core.sources.git.remote.failures import explain

UNABLE = "fatal: unable to access 'https://example.org/a/': "


@pytest.mark.parametrize(
    ("stderr", "words"),
    [
        (UNABLE + "The requested URL returned error: 301", "redirects"),
        (UNABLE + "The requested URL returned error: 403", "may be private"),
        ("fatal: could not read Username for 'https://example.org': terminal prompts disabled", "may be private"),
        ("fatal: Authentication failed for 'https://example.org/a/'", "may be private"),
        ("git@example.org: Permission denied (publickey).\nfatal: Could not read from remote", "may be private"),
        ("fatal: remote error: access denied or repository not exported: /a", "may be private"),
        ("fatal: repository 'https://example.org/a/' not found", "no git repository"),
        ("fatal: '/a' does not appear to be a git repository", "no git repository"),
        (
            "fatal: https://example.org/a/info/refs not valid: is this a git repository?",
            "no git repository",
        ),
        (UNABLE + "SSL certificate problem: self-signed certificate", "TLS"),
        (UNABLE + "server certificate verification failed. CAfile: none", "TLS"),
        ("Host key verification failed.\nfatal: Could not read from remote repository.", "known_hosts"),
        (UNABLE + "Failed to connect to example.org port 443 after 3 ms: Couldn't connect", "does not answer"),
        ("fatal: unable to connect to example.org:\nexample.org[0: 1.2.3.4]: errno=x", "does not answer"),
        ("ssh: connect to host example.org port 22: No route to host", "does not answer"),
        ("fatal: early EOF\nfatal: fetch-pack: invalid index-pack output", "connection was lost"),
        ("fatal: the remote end hung up unexpectedly", "connection was lost"),
        ("error: RPC failed; curl 28 Operation too slow. Less than 1 bytes/sec", "connection was lost"),
        ("fatal: detected dubious ownership in repository at '/a'", "another user"),
        ("fatal: transport 'file' not allowed", "no program"),
        ("fatal: something new\x1b[31m", r"could not fetch the repository: something new\?\[31m\."),
        ("", "gave no reason"),
    ],
)
def test_causes(stderr: str, words: str) -> None:
    error = explain(stderr)
    assert error.args
    with pytest.raises(type(error), match=words):
        raise error
    assert error.code == "fetch-failed"


@pytest.mark.parametrize("noise", ["Receiving objects: 40%\rReceiving objects: 41%\r", "remote: Counting objects\n"])
def test_progress_is_no_cause(noise: str) -> None:
    assert "404" not in explain(noise + "\nfatal: strange").message
    assert explain(noise + "\nfatal: strange").message.endswith("strange.")
