"""`read_format`: the part of a repository's configuration that says how it is stored, read as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from beca_core.errors import SourceError, quoted_path
from beca_core.sources.git.process import GitFailed, run_git
from beca_core.system.regular_files import read_regular

if TYPE_CHECKING:
    from pathlib import Path

_CONFIG_BYTES: Final = 1024 * 1024
_SECONDS: Final = 60.0
_KEYS: Final = r"^extensions\.(objectformat|refstorage)$"
_SECTION: Final = b"extensions"
"""Each configuration with one of the keys holds this name, in upper or lower case; git has no other way to write it."""
_ID_LENGTHS: Final = {"sha1": 40, "sha256": 64}
_REF_STORAGES: Final = ("files", "reftable")


class RepositoryFormat(NamedTuple):
    """How a repository stores its objects and refs.

    Args:
        id_length: Hexadecimal digits of an object id: 40 for SHA-1, 64 for SHA-256.
        has_reftable: Whether refs are in the reftable format instead of files.
    """

    id_length: int
    has_reftable: bool


def read_format(common_dir: Path, git_dir: Path) -> RepositoryFormat:
    """Read the format of the repository in `common_dir`, and configure the empty `git_dir` for it.

    Raises:
        SourceError: If the configuration cannot be read, or names an unknown format.
    """
    values = _values(common_dir, git_dir)
    object_format = values.get("extensions.objectformat", "sha1").lower()
    ref_storage = values.get("extensions.refstorage", "files").lower()
    if object_format not in _ID_LENGTHS or ref_storage not in _REF_STORAGES:
        key = "refStorage" if object_format in _ID_LENGTHS else "objectFormat"
        path = quoted_path(common_dir / "config")
        raise SourceError(f"extensions.{key} in {path} names a format that this version of BECA does not know.")
    _configure(git_dir, object_format, ref_storage)
    return RepositoryFormat(id_length=_ID_LENGTHS[object_format], has_reftable=ref_storage == "reftable")


def _values(common_dir: Path, git_dir: Path) -> dict[str, str]:
    path = common_dir / "config"
    try:
        content = read_regular(path, _CONFIG_BYTES)
    except FileNotFoundError:
        return {}
    except OSError:
        content = None
    if content is None:
        raise SourceError(f"The repository's configuration {quoted_path(path)} cannot be read.")
    if _SECTION not in content.lower():  # the usual case; starting git to find that out is slow
        return {}
    copy = git_dir / "config-of-target"
    copy.write_bytes(content)
    command = ["config", "--file", str(copy), "--no-includes", "--null", "--get-regexp", _KEYS]
    try:
        output = run_git(command, environment={"GIT_DIR": str(git_dir)}, seconds=_SECONDS)
    except GitFailed as error:
        if not error.stderr:  # git has found neither key
            return {}
        raise SourceError(f"The repository's configuration {quoted_path(path)} is malformed.") from None
    entries = output.decode("utf-8", "replace").split("\0")
    return {key: value for key, _, value in (entry.partition("\n") for entry in entries if entry)}


def _configure(git_dir: Path, object_format: str, ref_storage: str) -> None:
    extensions = [f"objectformat = {object_format}"] if object_format != "sha1" else []
    extensions += [f"refstorage = {ref_storage}"] if ref_storage != "files" else []
    lines = ["[core]", "repositoryformatversion = 1", "bare = true", "[extensions]", *extensions]
    (git_dir / "config").write_text("\n".join(lines) + "\n")
