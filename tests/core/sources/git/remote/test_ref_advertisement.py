"""What `git ls-remote --symref` lists, and what that says about a remote."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from beca_core.sources.git.remote.fetch import RefAdvertisement

A, B, C = "a" * 40, "b" * 40, "c" * 40


def listing(*lines: tuple[str, str]) -> str:
    return "".join(f"{value}\t{name}\n" for value, name in lines)


def test_a_repository_with_a_branch_and_an_annotated_tag():
    main, tag = "refs/heads/main", "refs/tags/v1"
    advertised = RefAdvertisement(
        listing(("ref: refs/heads/main", "HEAD"), (A, "HEAD"), (A, main), (B, tag), (C, f"{tag}^{{}}"))
    )
    assert advertised.refs == {main: A, tag: B}
    assert (advertised.is_empty, advertised.object_format) == (False, "sha1")
    assert (advertised.head_branch, advertised.detached_head) == (main, False)


def test_a_head_that_names_a_commit():
    advertised = RefAdvertisement(listing((B, "HEAD"), (A, "refs/heads/main")))
    assert advertised.refs == {"refs/heads/main": A}
    assert advertised.detached_head
    assert advertised.head_branch not in advertised.refs


def test_a_head_that_leads_nowhere():
    advertised = RefAdvertisement(listing((A, "refs/heads/side")))
    assert not advertised.detached_head
    assert advertised.head_branch not in advertised.refs


def test_an_empty_repository():
    advertised = RefAdvertisement("")
    assert (advertised.is_empty, advertised.refs, advertised.detached_head) == (True, {}, False)


def test_sha256():
    assert RefAdvertisement(listing(("d" * 64, "refs/heads/main"))).object_format == "sha256"


@given(st.text(max_size=200))
def test_whatever_a_server_lists_is_no_reason_to_raise(text: str):
    advertised = RefAdvertisement(text)
    assert advertised.object_format in ("sha1", "sha256")
