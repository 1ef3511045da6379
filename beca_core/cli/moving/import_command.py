"""`beca import`: what the files of other scanners say, taken over into a rule file, a configuration and a baseline."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from beca_core.cli.framework.command import Command, Group
from beca_core.cli.framework.options import choice
from beca_core.cli.framework.standard_streams import remark, say
from beca_core.plugins.foreign.remarks import Effect

if TYPE_CHECKING:
    from beca_core.cli.framework.arguments import CommandParser
    from beca_core.plugins.foreign.foreign_file import ForeignFile
    from beca_core.plugins.foreign.remarks import Remark

_ORDER: Final = list(Effect)


def _declare(parser: CommandParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help="The file of the other scanner.")
    parser.add_argument("target", metavar="TARGET", nargs="?", default=".", help="The directory to set up. Default: .")
    parser.add_argument("--owner", metavar="NAME", default="", help="Owner of the entries of the allow-list.")
    parser.add_argument(
        "--scope",
        help="What to scan for findings that the file lists; as for `beca scan`.",
        **choice("history", "head", "files"),
    )
    parser.add_argument("--dry-run", action="store_true", help="Show what would be written, and write nothing.")
    parser.add_argument("--force", action="store_true", help="Write without asking.")


def _declare_with_rules(parser: CommandParser) -> None:
    parser.add_argument("--rules-file", metavar="FILE", help="Name of the rule file. Default: that of the scanner.")
    parser.add_argument("--prefix", metavar="TEXT", default="", help="What the ids of the rules begin with.")
    _declare(parser)


def import_gitleaks(file: Path, **options: Any) -> None:
    """Take over a configuration of gitleaks, or a list of ignored findings.

    A file whose name ends in `.toml` is a configuration: its rules become a rule file, its allow-lists entries of
    `.beca.toml`. Any other is a list such as `.gitleaksignore`: the target is scanned, and what the list names is
    allowed by its fingerprint. What cannot be taken over is listed, with its line and the reason.
    """
    _bring("gitleaks", file, _gitleaks_file(file, options.pop("prefix"), "gitleaks"), **options)


def import_betterleaks(file: Path, **options: Any) -> None:
    """Take over a configuration of betterleaks, or a list of ignored findings.

    As `beca import gitleaks`. Filters are taken over as far as they are lists of words, expressions and entropy.
    """
    _bring("betterleaks", file, _gitleaks_file(file, options.pop("prefix"), "betterleaks"), **options)


def import_detect_secrets(file: Path, **options: Any) -> None:
    """Take over a baseline of detect-secrets, such as `.secrets.baseline`.

    The target is scanned, and findings are found again by the hashes of their secrets. What the audit says is false
    becomes entries of `.beca.toml`; everything else is added to the baseline. What cannot be taken over is listed.
    """
    from beca_core.plugins.foreign.detect_secrets import read_secrets_baseline

    _bring("detect-secrets", file, read_secrets_baseline(file), **options)


def import_trufflehog(file: Path, **options: Any) -> None:
    """Take over custom detectors of TruffleHog, or expressions of excluded paths.

    A file whose name ends in `.yaml` or `.yml` has detectors, which become a rule file. Any other has an expression of
    paths in each line, which are excluded in `.beca.toml`. What cannot be taken over is listed.
    """
    from beca_core.plugins.foreign.trufflehog import read_trufflehog

    _bring("trufflehog", file, read_trufflehog(file, options.pop("prefix")), **options)


def _gitleaks_file(file: Path, prefix: str, program: str) -> ForeignFile:
    if file.suffix.lower() != ".toml":
        from beca_core.plugins.foreign.gitleaks.ignore_file import read_ignore_file

        return read_ignore_file(file)
    from beca_core.plugins.foreign.foreign_file import ForeignFile
    from beca_core.plugins.foreign.gitleaks.translation import translate_gitleaks

    config = translate_gitleaks(file, prefix=prefix)
    markers = ("gitleaks:allow", "betterleaks:allow") if program == "betterleaks" else ("gitleaks:allow",)
    return ForeignFile(config.rules, config.allows, markers=markers, remarks=config.remarks_of_rules())


def _bring(
    program: str,
    file: Path,
    foreign: ForeignFile,
    *,
    target: str,
    owner: str,
    scope: str | None,
    dry_run: bool,
    force: bool,
    rules_file: str | None = None,
) -> None:
    from beca_core.cli.moving.import_files import show_files, write_files
    from beca_core.cli.moving.import_plan import ImportPlan, ImportRequest

    request = ImportRequest(program, file, target, rules_file or f"{program}-rules.toml", owner, scope)
    plan = ImportPlan(request, foreign)
    files = plan.files()
    listed = sorted(plan.remarks, key=lambda each: (_ORDER.index(each.effect), each.file, each.line))
    for each in listed:
        (remark if dry_run else say)(str(each))
    if dry_run:
        show_files(files)
        return
    write_files(files, force=force)
    say(_summary(listed))


def _summary(remarks: list[Remark]) -> str:
    counts = Counter(each.effect for each in remarks)
    named = [f"{counts[effect]:,} {effect.value}" for effect in Effect if counts[effect]]
    return f"Not taken over: {', '.join(named)}." if named else "Everything is taken over."


COMMANDS: Final = {
    "import": Group(
        "Take over rules and known findings of another scanner.",
        {
            "gitleaks": Command(import_gitleaks, _declare_with_rules, needs_arguments=True),
            "betterleaks": Command(import_betterleaks, _declare_with_rules, needs_arguments=True),
            "detect-secrets": Command(import_detect_secrets, _declare, needs_arguments=True),
            "trufflehog": Command(import_trufflehog, _declare_with_rules, needs_arguments=True),
        },
    )
}
