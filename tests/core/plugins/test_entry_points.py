"""Entry points: whatever lies on `sys.path`, the answer is that of `importlib.metadata`."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
import zipfile
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core.plugins import entry_points
from beca_core.plugins.entry_points import distributions_with

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GROUP = "some.plugins"
METADATA = "Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nSummary: Text\n"
PLUGINS = "[some.plugins]\none = json\n"


def outcome(act: Callable[[], Any]) -> Any:
    """Return what a call returns, or kind and text of what it raises."""
    try:
        return act()
    except Exception as error:  # noqa: BLE001
        return type(error), str(error)


def as_beca_finds_them() -> object:
    return [
        (
            found.name,
            found.version,
            outcome(lambda found=found: [(e.name, outcome(e.load)) for e in found.entry_points()]),
        )
        for found in distributions_with(GROUP)
    ]


def as_python_finds_them() -> object:
    """Ask `importlib.metadata`; the first of the distributions of one name that mention the group counts."""
    found: dict[str, Any] = {}
    for distribution in importlib.metadata.distributions():
        told = outcome(lambda d=distribution: d.name), outcome(lambda d=distribution: d.version)
        name, version = (text if isinstance(text, str) else "" for text in told)
        text = outcome(lambda d=distribution: d.read_text("entry_points.txt"))
        if (isinstance(text, tuple) or GROUP in (text or "")) and name not in found:
            found[name] = (name, version, outcome(lambda d=distribution: loaded(d)))
    return [found[name] for name in sorted(found)]


def loaded(distribution: importlib.metadata.Distribution) -> object:
    return [(e.name, outcome(e.load)) for e in sorted(distribution.entry_points.select(group=GROUP))]


@contextmanager
def only_on_path(*directories: object) -> Iterator[None]:
    importlib.metadata.version("pytest")  # some versions of Python import here what they need
    with patch.object(sys, "path", list(directories)):
        yield


def install(
    site: Path, info: str, entries: str | bytes | None = PLUGINS, metadata: str | bytes | None = None, **files: str
) -> Path:
    """Make a directory such as `acme-1.0.dist-info`, with metadata that agree with its name if none are given."""
    name, _, version = info.rpartition(".")[0].partition("-")
    directory = site / info
    directory.mkdir(parents=True)
    kind = "PKG-INFO" if info.endswith("egg-info") else "METADATA"
    contents = {kind: METADATA.format(name=name, version=version) if metadata is None else metadata} | files
    contents |= {} if entries is None else {"entry_points.txt": entries}
    for file, content in contents.items():
        (directory / file).write_bytes(content if isinstance(content, bytes) else content.encode())
    return directory


@pytest.fixture
def never_asks_python(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_group: str) -> None:
        raise AssertionError("importlib.metadata was asked")

    monkeypatch.setattr(entry_points, "_read_by_importlib", fail)


USUAL = {
    "module": PLUGINS,
    "object": "[some.plugins]\none = json:dumps\n",
    "attribute": "[some.plugins]\none = json.decoder:JSONDecoder.decode\n",
    "sorted": "[some.plugins]\nb = json\na = os.path\nb = json:loads\nb = json.decoder\n",
    "other-groups": "[console_scripts]\nx = y:z [extra]\n\n[some.plugins]\none=json\n[some.plugins.more]\ntwo = no\n",
    "group-twice": "[some.plugins]\none = json\n[x]\ny = z\n[some.plugins]\ntwo = os\n",
    "empty-group": "[some.plugins]\n",
    "no-such-module": "[some.plugins]\none = no_such_module_at_all\n",
    "no-such-attribute": "[some.plugins]\none = json:no_such_thing\n",
    "windows": PLUGINS.replace("\n", "\r\n"),
    "no-plugins": "[console_scripts]\nx = y:z\n",
    "nothing": "",
    "none": None,
}

UNUSUAL = {
    "comments": "# [some.plugins]\n\n[some.plugins]\n  # two = no\n  one  =  json  \n",
    "comment-in-a-group": "[some.plugins]\n# two = no\none = json\n",
    "comment-elsewhere": "[x]\n#y = z\n[some.plugins]\none = json\n",
    "spaces": "[some.plugins]\none  =  json\n two = json \n",
    "space-behind": "[some.plugins]\none = json \n",
    "name-with-spaces": "[some.plugins]\na name: of a kind = json\n",
    "no-identifier": "[some.plugins]\none = 1json\ntwo = json:1x\n",
    "quoted": "[some.plugins]\none = 'json'\n",
    "names-that-differ-in-a-space": "[some.plugins]\na = json\na b = json\na= os\n",
    "extras": "[some.plugins]\none = json [fast]\n",
    "spaces-inside": "[some.plugins]\none = json : dumps\n",
    "no-value": "[some.plugins]\none =\n",
    "no-module": "[some.plugins]\none = :dumps\n",
    "two-colons": "[some.plugins]\none = json:dumps:x\n",
    "empty-attribute": "[some.plugins]\none = json:a..b\n",
    "two-signs": "[some.plugins]\none = two = json\n",
    "no-sign": "[some.plugins]\nno equals sign\n",
    "no-sign-elsewhere": "[some.plugins]\none = json\n[other]\nno equals sign\n",
    "before-any-group": "one = json\n[some.plugins]\ntwo = json\n",
    "brackets": "[[some.plugins]]\none = json\n",
    "space-in-brackets": "[ some.plugins ]\none = json\n[x]\ny = z\n",
    "no-group": "[]\nsome.plugins = json\n",
    "not-ascii": "[some.plugins]\none = j\u00e4son\n",
    "no-utf-8": b"[some.plugins]\n\xff = json\n",
    "byte-order-mark": b"\xef\xbb\xbf[some.plugins]\none = json\n",
}

UNUSUAL_METADATA = {
    "other-order": "Metadata-Version: 2.1\nVersion: 1.0\nName: acme\n\n",
    "lower-case": "metadata-version: 2.1\nname: acme\nversion: 1.0\n\n",
    "folded": "Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n .post1\nSummary: Text\n",
    "no-space": "Metadata-Version:2.1\nName:acme\nVersion:1.0\n\n",
    "trailing-space": "Metadata-Version: 2.1\nName: acme \nVersion: 1.0\n\n",
    "other-name": "Metadata-Version: 2.1\nName: other\nVersion: 1.0\n\n",
    "without-version": "Metadata-Version: 2.1\nName: acme\n\n",
    "without-name": "Metadata-Version: 2.1\nVersion: 1.0\n\n",
    "not-ascii": "Metadata-Version: 2.1\nName: acme\nVersion: 1.0\u00e4\n\n",
    "no-utf-8": b"Metadata-Version: 2.1\nName: acme\nVersion: 1.0\nAuthor: \xff\n\n",
    "cut-off": "Metadata-Version: 2.1\nName: acme",
    "empty": "",
}


@pytest.mark.usefixtures("never_asks_python")
@pytest.mark.parametrize("kind", ["dist-info", "DIST-INFO"])
@pytest.mark.parametrize("name", USUAL)
def test_what_installers_write_is_read_without_importlib(tmp_path: Path, name: str, kind: str) -> None:
    metadata = METADATA.format(name="Acme.Rules", version="1.0rc1+local")
    install(tmp_path, f"acme_rules-1.0rc1.{kind}", USUAL[name], metadata=metadata)
    with only_on_path("", str(tmp_path / "missing"), str(tmp_path)):
        assert as_beca_finds_them() == as_python_finds_them()


def test_names_version_and_object_are_told(tmp_path: Path) -> None:
    install(tmp_path, "acme-1.0.dist-info", "[some.plugins]\ntwo = json:dumps\none = json\n")
    with only_on_path(str(tmp_path)):
        (found,) = distributions_with(GROUP)
    assert (found.name, found.version) == ("acme", "1.0")
    one, two = found.entry_points()
    assert (one.name, one.load()) == ("one", sys.modules["json"])
    assert (two.name, two.load()) == ("two", sys.modules["json"].dumps)


@pytest.mark.parametrize("name", UNUSUAL)
def test_unusual_entry_points_are_those_of_importlib(tmp_path: Path, name: str) -> None:
    install(tmp_path, "acme-1.0.dist-info", UNUSUAL[name])
    install(tmp_path, "other-1.0.dist-info")
    with only_on_path(str(tmp_path)):
        assert as_beca_finds_them() == as_python_finds_them()


@pytest.mark.parametrize("name", UNUSUAL_METADATA)
def test_unusual_metadata_are_those_of_importlib(tmp_path: Path, name: str) -> None:
    install(tmp_path, "acme-1.0.dist-info", metadata=UNUSUAL_METADATA[name])
    install(tmp_path, "other-1.0.dist-info")
    with only_on_path(str(tmp_path)):
        assert as_beca_finds_them() == as_python_finds_them()


def test_of_two_distributions_of_one_name_the_first_on_the_path_counts(tmp_path: Path) -> None:
    install(tmp_path / "a", "acme-1.0.dist-info", "[some.plugins]\none = json\n")
    install(tmp_path / "b", "acme-2.0.dist-info", "[some.plugins]\ntwo = json\n")
    for order in ("ab", "ba", "aab"):
        with only_on_path(*(str(tmp_path / name) for name in order)):
            assert [found.version for found in distributions_with(GROUP)] == [{"a": "1.0", "b": "2.0"}[order[0]]]


def test_the_order_in_which_a_directory_is_listed_does_not_show(tmp_path: Path) -> None:
    for number, name in enumerate(["acme", "Acme", "other", "ACME", "zed", "acme.rules", "acme_rules"]):
        install(tmp_path / "a", f"{name}-1.{number * 37}.dist-info")
        install(tmp_path / "b", f"{name}-2.{number * 41}.egg-info")
    with only_on_path(str(tmp_path / "a"), str(tmp_path / "b")):
        assert as_beca_finds_them() == as_python_finds_them()
        names = [found.name for found in distributions_with(GROUP)]
    assert names == ["ACME", "Acme", "acme", "acme.rules", "acme_rules", "other", "zed"]


@pytest.mark.parametrize(("name", "version"), [("without-name", "1.0"), ("no-utf-8", ""), ("empty", "")])
def test_a_distribution_with_damaged_metadata_breaks_no_other(tmp_path: Path, name: str, version: str) -> None:
    install(tmp_path, "damaged-1.0.dist-info", metadata=UNUSUAL_METADATA[name])
    install(tmp_path, "acme-1.0.dist-info")
    with only_on_path(str(tmp_path)):
        assert [(found.name, found.version) for found in distributions_with(GROUP)] == [("", version), ("acme", "1.0")]


def test_what_is_installed_here_is_what_importlib_finds() -> None:
    installed = list(importlib.metadata.distributions())
    groups = {entry.group for distribution in installed for entry in distribution.entry_points}
    assert "beca.plugins" in groups
    for group in groups:
        theirs: dict[str, list[str]] = {}
        for distribution in installed:
            if group in (distribution.read_text("entry_points.txt") or ""):
                theirs.setdefault(distribution.name, [e.name for e in distribution.entry_points.select(group=group)])
        ours = {found.name: [e.name for e in found.entry_points()] for found in distributions_with(group)}
        assert ours == {name: sorted(names) for name, names in theirs.items()}
    own = {entry.name: entry.load() for entry in importlib.metadata.entry_points(group="beca.plugins")}
    assert {e.name: e.load() for found in distributions_with("beca.plugins") for e in found.entry_points()} == own


def test_a_directory_that_may_not_be_listed_names_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path / "locked", "locked-1.0.dist-info")
    install(tmp_path / "open", "acme-1.0.dist-info")
    for name in ("scandir", "listdir"):
        monkeypatch.setattr(os, name, refusing(getattr(os, name), str(tmp_path / "locked")))
    with only_on_path(str(tmp_path / "locked"), str(tmp_path / "open")):
        assert [found.name for found in distributions_with(GROUP)] == ["acme"]
        assert as_beca_finds_them() == as_python_finds_them()


def refusing(listing: Callable[..., Any], locked: str) -> Callable[..., Any]:
    def refuse(path: str) -> Any:
        if path == locked:
            raise PermissionError(13, "Permission denied", path)
        return listing(path)

    return refuse


def test_an_archive_on_the_path_is_read_too(tmp_path: Path) -> None:
    install(tmp_path, "acme-1.0.dist-info")
    with zipfile.ZipFile(tmp_path / "rules.zip", "w") as archive:
        archive.writestr("zipped-2.0.dist-info/METADATA", METADATA.format(name="zipped", version="2.0"))
        archive.writestr("zipped-2.0.dist-info/entry_points.txt", PLUGINS)
    with only_on_path(str(tmp_path), str(tmp_path / "rules.zip")):
        assert [found.name for found in distributions_with(GROUP)] == ["acme", "zipped"]
        assert as_beca_finds_them() == as_python_finds_them()


def test_an_egg_on_the_path_is_read_too(tmp_path: Path) -> None:
    egg = tmp_path / "acme-1.0-py3.11.EGG"
    (egg / "EGG-INFO").mkdir(parents=True)
    (egg / "EGG-INFO" / "PKG-INFO").write_text(METADATA.format(name="acme", version="1.0"))
    (egg / "EGG-INFO" / "entry_points.txt").write_text(PLUGINS)
    with only_on_path(str(egg)):
        assert [found.name for found in distributions_with(GROUP)] == ["acme"]


def test_what_another_finder_knows_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = install(tmp_path / "elsewhere", "acme-1.0.dist-info")

    class Finder:
        @staticmethod
        def find_distributions(_context: object) -> list[importlib.metadata.Distribution]:
            return [importlib.metadata.PathDistribution(elsewhere)]

    install(tmp_path, "other-1.0.dist-info")
    with only_on_path(str(tmp_path)):
        assert [found.name for found in distributions_with(GROUP)] == ["other"]
        monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Finder()])
        assert [found.name for found in distributions_with(GROUP)] == ["acme", "other"]


@pytest.mark.parametrize("odd", [Path("somewhere"), b"somewhere", "nul\0byte", __file__, None])
def test_what_should_not_stand_on_the_path_does_what_it_does_to_importlib(tmp_path: Path, odd: object) -> None:
    install(tmp_path, "acme-1.0.dist-info")
    with only_on_path(odd, str(tmp_path)):
        assert outcome(as_beca_finds_them) == outcome(as_python_finds_them)


def test_a_file_in_place_of_a_directory_names_nothing(tmp_path: Path) -> None:
    (tmp_path / "acme-1.0.egg-info").write_text(METADATA.format(name="acme", version="1.0") + PLUGINS)
    (install(tmp_path, "other-1.0.dist-info", None) / "entry_points.txt").mkdir()
    with only_on_path(str(tmp_path)):
        assert as_beca_finds_them() == as_python_finds_them() == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_names_nothing(tmp_path: Path) -> None:
    (install(tmp_path, "acme-1.0.dist-info") / "entry_points.txt").chmod(0)
    with only_on_path(str(tmp_path)):
        assert as_beca_finds_them() == as_python_finds_them() == []


def test_the_usual_case_does_not_import_importlib_metadata(tmp_path: Path) -> None:
    code = (
        "import sys; from beca_core import PluginRegistry; known = PluginRegistry.load().plugins;"
        "print('importlib.metadata' in sys.modules, [plugin.name for plugin in known])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.startswith("False ['builtin'"), done.stdout


entries = st.sampled_from([*USUAL.values(), *USUAL.values(), *UNUSUAL.values()])
infos = st.builds(
    "{}-{}.{}".format,
    st.sampled_from(["acme", "Acme", "acme_rules", "acme.rules", "other"]),
    st.sampled_from(["1.0", "2.0"]),
    st.sampled_from(["dist-info", "dist-info", "egg-info", "DIST-INFO"]),
)
metadata = st.sampled_from([None, None, None, None, *UNUSUAL_METADATA.values()])
sites = st.dictionaries(infos, st.tuples(entries, metadata), max_size=4)


@given(st.lists(sites, min_size=1, max_size=3), st.booleans())
def test_whatever_is_installed_the_answer_is_that_of_importlib(contents: list[dict[str, Any]], twice: bool) -> None:
    with TemporaryDirectory() as root:
        directories = [Path(root, f"site{number}") for number in range(len(contents))]
        for directory, content in zip(directories, contents, strict=True):
            directory.mkdir()
            for info, (text, metadata) in content.items():
                install(directory, info, text, metadata)
        with only_on_path(*map(str, directories), *map(str, directories[:twice])):
            assert as_beca_finds_them() == as_python_finds_them()
