"""Output formats: one module for each, and the choice between them and the formats of plugins."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final, cast

from beca_core.errors import InvalidInput, check_type, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Protocol, TextIO

    from beca_core.report import Report, Reporter

    class _Registry(Protocol):
        """What `write` needs of a `PluginRegistry`."""

        @property
        def reporters(self) -> Mapping[str, Reporter]: ...


_HOMES: Final = {
    "table": ("table", "TableReporter"),
    "json": ("json_document", "JsonReporter"),
    "jsonl": ("json_lines", "JsonLinesReporter"),
    "sarif": ("shared.sarif", "SarifReporter"),
    "junit": ("shared.junit", "JunitReporter"),
    "csv": ("shared.csv_rows", "CsvReporter"),
    "gitlab": ("shared.gitlab_report", "GitlabReporter"),
    "github": ("shared.github_annotations", "GithubReporter"),
    "markdown": ("shared.markdown", "MarkdownReporter"),
    "html": ("shared.html_page", "HtmlReporter"),
}

_VERBOSE: Final = frozenset(("table", "json", "jsonl"))
"""Formats that can list each object that was not read."""

BUILTIN_FORMATS: Final = tuple(_HOMES)
"""Names that no plugin can take. All but `table`, `json` and `jsonl` are made to be handed on, and never hold a secret
in clear."""


def write(
    report: Report,
    format: str,  # noqa: A002 - the name of the option
    stream: TextIO,
    *,
    redact: bool = True,
    registry: _Registry | None = None,
) -> None:
    """Write a report as `beca scan --format` does.

    Args:
        report: The outcome of a scan.
        format: One of `BUILTIN_FORMATS`, such as `table` or `sarif`, or a format that a plugin in the registry adds.
        stream: Text stream to write to; it stays open.
        redact: Whether secrets are shown as previews only.
        registry: The `PluginRegistry` whose formats are known beside the built-in ones.

    Raises:
        InvalidInput: If there is no such format; the hint lists the formats that exist.
    """
    check_type("format", format, str, "the name of a format")
    reporters = {} if registry is None else registry.reporters
    choose_reporter(format, reporters).write(report, stream, redact=redact)


def choose_reporter(
    name: str, others: Mapping[str, Reporter], *, verbose: bool = False, base: str | None = None
) -> Reporter:
    """Return the reporter of a format. A built-in reporter is imported only when it is chosen.

    Args:
        name: The format's name.
        others: Reporters of plugins, by name.
        verbose: Whether the formats `json` and `jsonl` list each object that was not read.
        base: The directory to which the paths of the findings are relative, for `table`; None: none is known.

    Raises:
        InvalidInput: If there is no such format; the hint lists the formats that exist.
    """
    if name in _HOMES:
        module, reporter = _HOMES[name]
        kind = getattr(import_module(f"beca_core.reports.{module}"), reporter)
        options = {"base": base} if name == "table" else {}
        return cast("Reporter", kind(verbose=verbose, **options) if name in _VERBOSE else kind())
    if name in others:
        return others[name]
    raise _unknown(name, others)


def _unknown(name: str, others: Mapping[str, Reporter]) -> InvalidInput:
    known = [*BUILTIN_FORMATS, *sorted(set(others) - set(BUILTIN_FORMATS))]
    hint = did_you_mean(name, known, otherwise=f"Choose one of {', '.join(known)}.")
    return InvalidInput(f"There is no format {name!r:.80}.", hint=hint)
