"""Which URLs are understood, in which form, and that no refusal repeats what it refuses."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core.errors import ForbiddenUrl, InvalidSettings, InvalidTarget
from beca_core.sources.git.remote.url import canonical_url, parse_url
from beca_core.sources.limits import SCHEMES, UrlPolicy

ANY = UrlPolicy(frozenset(SCHEMES), allow_private_hosts=True)
PUBLIC = UrlPolicy(frozenset(SCHEMES))


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("https://example.org/a/b.git", "https://example.org/a/b.git"),
        ("HTTPS://Example.ORG/A/b", "https://example.org/A/b"),
        ("https://example.org:443/a", "https://example.org/a"),
        ("https://example.org:0443/a", "https://example.org/a"),
        ("https://example.org:8443/a", "https://example.org:8443/a"),
        ("http://example.org:80/a/", "http://example.org/a"),
        ("http://example.org:443/a//", "http://example.org:443/a"),
        ("https://example.org./a", "https://example.org/a"),
        ("https://bücher.example/straße", "https://xn--bcher-kva.example/stra%C3%9Fe"),
        ("https://faß.example/a", "https://xn--fa-hia.example/a"),
        ("https://\uff25XAMPLE.org/a", "https://example.org/a"),
        ("https://example.org/a%2fb", "https://example.org/a%2Fb"),
        ("https://example.org/a%20b", "https://example.org/a%20b"),
        ("https://example.org/@scope/x", "https://example.org/@scope/x"),
        ("https://example.org/~ada/..x", "https://example.org/~ada/..x"),
        ("https://under_score.example/a", "https://under_score.example/a"),
        ("https://[2606:4700:0::1]:443/a", "https://[2606:4700::1]/a"),
        ("https://8.8.8.8/a", "https://8.8.8.8/a"),
        ("https://0x08080808/a", "https://8.8.8.8/a"),
        ("ssh://git@example.org:22/a", "ssh://git@example.org/a"),
        ("ssh://example.org:2222/a", "ssh://example.org:2222/a"),
        ("git://example.org:9418/a", "git://example.org/a"),
        ("file:///srv/git/a.git/", "file:///srv/git/a.git"),
        ("file://localhost/srv/a", "file:///srv/a"),
    ],
)
def test_canonical_form(url: str, canonical: str) -> None:
    assert canonical_url(url, PUBLIC) == canonical
    assert canonical_url(canonical, PUBLIC) == canonical


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "empty"),
        ("https://example.org/" + "a" * 2048, "longer than 2048"),
        ("https://example.org/a b", "blanks"),
        ("https://example.org/a\nb", "blanks or control"),
        ("https://example.org/a\0", "control"),
        (" https://example.org/a", "blanks"),
        ("https://example.org/a\u00a0b", "blanks"),
        ("https://example.org/a\u202eb", "control"),
        ("https://example.org/\udcff", "control"),
        ("--upload-pack=touch${IFS}x", "dash"),
        ("-oProxyCommand=x", "dash"),
        ("ext::sh -c x", "blanks"),
        ("ext::x", "NAME::ADDRESS"),
        ("fd::17", "NAME::ADDRESS"),
        ("ext::https://example.org/a", "NAME::ADDRESS"),
        ("git@example.org:a/b.git", "ssh://USER@HOST/PATH"),
        ("example.org:a/b.git", "ssh://USER@HOST/PATH"),
        ("example.org/a", "does not have the form"),
        ("://example.org/a", "does not have the form"),
        ("1https://example.org/a", "does not have the form"),
        ("ftp://example.org/a", "scheme is unknown"),
        ("javascript://example.org/a", "scheme is unknown"),
        ("git+ssh://example.org/a", "scheme is unknown"),
        ("https:///a", "no host"),
        ("https://:443/a", "no host"),
        ("https://example.org", "does not name a repository"),
        ("https://example.org///", "does not name a repository"),
        ("file:///", "does not name a repository"),
        ("file://server/share", "cannot name a host"),
        ("https://user@example.org/a", "user name or password"),
        ("https://@example.org/a", "user name or password"),
        ("https://user:pass@example.org/a", "user name or password"),
        ("git://user@example.org/a", "user name or password"),
        ("file://user@/a", "cannot name a host"),
        ("ssh://git:pass@example.org/a", "password or an invalid user"),
        ("ssh://-oProxyCommand=x@example.org/a", "password or an invalid user"),
        ("ssh://@example.org/a", "password or an invalid user"),
        ("https://-oProxyCommand=x/a", "valid host name"),
        ("ssh://-oProxyCommand/a", "valid host name"),
        ("https://exa mple/a", "blanks"),
        ("https://exam%70le.org/a", "valid host name"),
        ("https://a..b/a", "valid host name"),
        ("https://.a/a", "valid host name"),
        ("https://a-/a", "valid host name"),
        ("https://" + "a." * 127 + "org/a", "valid host name"),
        ("https://\u2024/a", "host name"),
        ("https://xn--\u00fc.example/a", "international host name"),
        ("https://1.2.3.4.5/a", "IPv4"),
        ("https://256.1.1.1/a", "IPv4"),
        ("https://8.8.8.0x/a", "IPv4"),
        ("https://[::1/a", "IPv6"),
        ("https://::1]/a", "not a valid host name"),
        ("https://[fe80::1%25eth0]/a", "IPv6"),
        ("https://[1.2.3.4]/a", "IPv6"),
        ("https://[::1]x/a", "IPv6"),
        ("https://[]/a", "IPv6"),
        ("https://example.org:/a", "port"),
        ("https://example.org:0/a", "port"),
        ("https://example.org:65536/a", "port"),
        ("https://example.org:+443/a", "port"),
        ("https://example.org:٤٤٣/a", "port"),
        ("https://example.org/a?token=x", "query"),
        ("https://example.org/a#x", "fragment"),
        ("https://example.org?a=/b", "valid host name"),
        ("https://example.org/a\\b", "percent-encoded"),
        ("https://example.org/`a`", "percent-encoded"),
        ("https://example.org/../a", "dot segments"),
        ("https://example.org/a/%2e%2E/b", "dot segments"),
        ("https://example.org/./a", "dot segments"),
        ("https://example.org/a/..", "dot segments"),
        ("https://example.org/a%", "percent-encoding"),
        ("https://example.org/a%zz", "percent-encoding"),
        ("https://example.org/a%0ab", "control characters"),
        ("https://example.org/a%00", "control characters"),
    ],
)
def test_refused_whatever_the_policy(url: str, words: str) -> None:
    with pytest.raises(InvalidTarget, match=words) as refusal:
        canonical_url(url, ANY)
    assert not isinstance(refusal.value, ForbiddenUrl)


@pytest.mark.parametrize("scheme", sorted(set(SCHEMES) - {"https"}))
def test_only_https_is_allowed_by_default(scheme: str) -> None:
    host = "" if scheme == "file" else "example.org"
    with pytest.raises(ForbiddenUrl, match=f"scheme {scheme} .*BECA_ALLOWED_SCHEMES"):
        canonical_url(f"{scheme}://{host}/a", UrlPolicy())
    assert canonical_url(f"{scheme}://{host}/a", UrlPolicy(frozenset({scheme})))


def test_a_policy_without_schemes_allows_nothing() -> None:
    with pytest.raises(ForbiddenUrl, match="Allowed: none"):
        canonical_url("https://example.org/a", UrlPolicy(frozenset()))


def test_a_policy_with_an_unknown_scheme_is_refused() -> None:
    with pytest.raises(InvalidSettings, match="BECA_ALLOWED_SCHEMES"):
        UrlPolicy(frozenset({"https", "ext"}))


@pytest.mark.parametrize(
    ("host", "canonical"),
    [
        ("localhost", "localhost"),
        ("LOCALHOST.", "localhost"),
        ("git.localhost", "git.localhost"),
        ("127.0.0.1", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("0x7f.1", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("0", "0.0.0.0"),  # noqa: S104 - the spelling is the point
        ("\uff11\uff12\uff17.0.0.1", "127.0.0.1"),
        ("127\u30020\u30020\u30021", "127.0.0.1"),
        ("10.0.0.1", "10.0.0.1"),
        ("192.168.1.1", "192.168.1.1"),
        ("169.254.169.254", "169.254.169.254"),
        ("[::1]", "[::1]"),
        ("[::]", "[::]"),
        ("[0:0::ffff:127.0.0.1]", "[::ffff:7f00:1]"),
        ("[::127.0.0.1]", "[::7f00:1]"),
        ("[64:ff9b::7f00:1]", "[64:ff9b::7f00:1]"),
        ("[2002:7f00:1::]", "[2002:7f00:1::]"),
        ("[fd00::1]", "[fd00::1]"),
        ("[FE80::1]", "[fe80::1]"),
    ],
)
def test_private_hosts_need_permission(host: str, canonical: str) -> None:
    url = f"https://{host}/a"
    with pytest.raises(ForbiddenUrl, match="BECA_ALLOW_PRIVATE_HOSTS"):
        canonical_url(url, PUBLIC)
    assert parse_url(url, ANY).host in (canonical, canonical.replace("7f00:1]", "127.0.0.1]"))


def test_the_parts_of_a_url() -> None:
    remote = parse_url("ssh://ada@example.org/a/b/", PUBLIC)
    assert (remote.scheme, remote.user, remote.host, remote.port) == ("ssh", "ada", "example.org", 22)
    assert remote.path == "/a/b"
    assert str(remote) == "ssh://ada@example.org/a/b"


@given(st.text(max_size=80) | st.text(alphabet=string.printable, max_size=80))
def test_arbitrary_text_raises_nothing_but_invalid_target(text: str) -> None:
    for candidate in (text, f"https://{text}", f"https://example.org/{text}", f"ssh://{text}/a"):
        try:
            canonical = canonical_url(candidate, ANY)
        except InvalidTarget:
            continue
        assert canonical.isascii()
        assert canonical.isprintable()
        assert canonical_url(canonical, ANY) == canonical


@given(
    scheme=st.sampled_from(["https", "http", "git", "ssh", "ftp", "file", "ext::https"]),
    user=st.text(alphabet=string.ascii_letters + string.digits, min_size=12, max_size=20),
    password=st.text(alphabet=string.ascii_letters + string.digits + "%/:?#\\ @", min_size=12, max_size=20),
    host=st.sampled_from(["example.org", "127.0.0.1", "[::1", "", "a..b"]),
)
def test_refusals_never_repeat_user_info(scheme: str, user: str, password: str, host: str) -> None:
    with pytest.raises(InvalidTarget) as refusal:
        canonical_url(f"{scheme}://{user}:{password}@{host}/a", ANY)
    assert user not in str(refusal.value)
    assert password not in str(refusal.value)
    assert refusal.value.__cause__ is None
    assert refusal.value.__suppress_context__ or refusal.value.__context__ is None
