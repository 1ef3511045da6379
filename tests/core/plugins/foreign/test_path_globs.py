"""Expressions of paths as patterns of `.gitignore`: equal where both can say it, refused where they cannot."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beca_core.plugins.foreign.go_patterns import NotTranslated
from beca_core.plugins.foreign.path_globs import path_globs
from beca_core.rules.path_patterns import applies


@pytest.mark.parametrize(
    ("expression", "globs"),
    [
        (r"\.pem$", ("*.pem",)),
        (r"(^|/)foo\.txt$", ("foo.txt",)),
        (r"(?:^|/)foo/bar\.txt$", ("**/foo/bar.txt",)),
        (r"node_modules", ("*node_modules*",)),
        (r"^vendor/", ("/vendor/",)),
        (r"vendor/", ("*vendor/",)),
        (r"^src/.*\.py$", ("/src/**/*.py",)),
        (r"^docs/[^/]+\.md$", ("/docs/?*.md",)),
        (r"(?i)\.env$", ("*.[Ee][Nn][Vv]",)),
        (r"(.*?)(jpg|gif)$", ("*jpg", "*gif")),
        (r"[\\/]\.git[\\/]", ("/*/**/.git/",)),
        (r"go\.(mod|sum)$", ("*go.mod", "*go.sum")),
        (r"a.*b$", ("**/*a*/**/*b", "*a*b")),
        (r"[^a]$", ("*[!a]",)),
        (r".*", ("**",)),
        (r"^a{2,3}$", ("/aa", "/aaa")),
        (r"^\*\?\[", (r"/\*\?\[*",)),
        (r"(^|/)!x", (r"\!x*",)),
        (r"(^|/)#x$", (r"\#x",)),
        (r"a^", ()),
        (r"a//b", ()),
        (r"(?:^){2}a$", ("/a",)),
    ],
)
def test_what_people_write(expression: str, globs: tuple[str, ...]) -> None:
    assert path_globs(expression) == globs


@pytest.mark.parametrize(
    "expression",
    [
        r"\d+x",
        r"(?:ab)*c",
        r"[\xe9-\xeb]",
        r"(?:(?:(?:^|/)a)?b){9}",
        r"(?:a.*){8}",
        r"\bx\b",
        r"[à-é]",
        "é",
        "(?=a)",
        "(",
        r"[a-z]{1,100}x",
        "(a|b|c|d)" * 6,
        "x" * 300,
    ],
)
def test_what_a_pattern_of_paths_cannot_say_is_refused(expression: str) -> None:
    with pytest.raises(NotTranslated):
        path_globs(expression)


PARTS = st.recursive(
    st.sampled_from(["a", "b", r"\.", "[ab]", "/", "[^/]", ".*", "[^/]*", "[^a/]", "a/b", "(?:^|/)"]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda pair: f"(?:{pair[0]}|{pair[1]})"),
        inner.map(lambda text: f"(?:{text})?"),
    ),
    max_leaves=7,
)
NAMES = st.text("ab.", min_size=1, max_size=4).filter(lambda name: name not in (".", ".."))
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)


@settings(max_examples=150)
@given(PARTS, st.booleans(), PATHS)
def test_both_select_the_same_paths(parts: str, is_anchored: bool, path: str) -> None:
    expression = f"^(?:{parts})" if is_anchored else parts
    try:
        globs = path_globs(expression)
    except NotTranslated:
        return
    selected = bool(globs) and applies(globs, path.encode())
    assert selected == (re.search(expression, path) is not None), globs


@settings(max_examples=100)
@given(PARTS, PATHS)
def test_an_end_also_selects_what_is_in_a_directory_of_that_name(parts: str, path: str) -> None:
    expression = f"(?:{parts})$"
    try:
        globs = path_globs(expression)
    except NotTranslated:
        return
    names = path.split("/")
    beginnings = ["/".join(names[:count]) for count in range(1, len(names) + 1)]
    selected = bool(globs) and applies(globs, path.encode())
    assert selected == any(re.search(expression, beginning) for beginning in beginnings), globs
