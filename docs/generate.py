"""Write the reference pages that are made from the code: library, rules, checks, REST, settings, command line, hooks.

Run `uv run python -m docs.generate` after a change to one of them; a test compares the pages with the code.
"""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import TYPE_CHECKING

from beca_api.http.handlers import OPERATIONS
from beca_api.http.openapi import build_document
from beca_core.cli import SUMMARIES, find_command, menu
from beca_core.cli.framework.command import Command
from beca_core.plugins import hookspecs
from beca_core.plugins.rule_files.file_schema import rule_file_schema
from beca_core.system.settings import Settings
from docs.checks_page import checks_page
from docs.library_page import library_page
from docs.rules_page import built_in_rules, rules_page, secrets_without_rule

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from pydantic.fields import FieldInfo

    from beca_core.cli.framework.arguments import CommandParser

REFERENCE = Path(__file__).parent / "reference"
HOOKS = Path(__file__).parent / "hooks"
NOTE = "<!-- Made by docs/generate.py from the code; edit there. -->\n"


def settings_page() -> str:
    """Return the page of all settings."""
    rows = "\n".join(_setting_row(name, field) for name, field in Settings.model_fields.items())
    return f"""# Settings

{NOTE}
A value comes from the environment, else from a TOML file, else from the default. `BECA_CONFIG` names the file; without
it, the file is `beca/config.toml` in `$XDG_CONFIG_HOME` (`~/.config`). Its keys are the names in the second column. In
the environment, write a list with commas; a size in bytes, or as `512K`, `20M` or `1G`; a time in seconds, or as `10m`
or `2h`. The current directory is never searched for settings, because it may be an untrusted checkout.

A command checks the settings that it uses: a wrong `BECA_PORT` stops `beca serve`, while `beca scan` names it and goes
on. A variable that begins with `BECA_` and is not in this table has no effect; each command names it on standard error,
with the setting that it resembles. An unknown key of the file is refused, and so is a `BECA_CONFIG` that names no file.
Other variables are `BECA_DEBUG`, and `BECA_TOKEN` in the examples of the REST API.

| environment | in the file | default | meaning |
|---|---|---|---|
{rows}
"""


def _setting_row(name: str, field: FieldInfo) -> str:
    environment = name.upper() if field.validation_alias else f"BECA_{name.upper()}"
    return f"| `{environment}` | `{name}` | {_default(field)} | {field.description} |"


def _default(field: FieldInfo) -> str:
    value = field.default
    if field.default_factory is not None:
        return "`~/.local/share/beca`"
    if isinstance(value, (frozenset, tuple)):
        value = ",".join(sorted(value))
    if isinstance(value, bool):
        value = str(value).lower()
    text = "" if value is None else str(value)
    return f"`{text}`" if text else "empty"


def cli_page() -> str:
    """Return the page of all commands."""
    sections = "\n\n".join(_command_section(parser) for parser in _parsers())
    return f"""# Command line

{NOTE}
| exit code | meaning |
|---|---|
| 0 | nothing was found, and everything was read |
| 1 | findings of MEDIUM or HIGH confidence, with `--min-confidence low` of any (`beca rules test`: a rule that fails) |
| 2 | wrong usage, or a scan that failed or did not read everything |
| 130, 143 | interrupted by Ctrl-C or by SIGTERM |

{sections}
"""


def _parsers() -> Iterator[CommandParser]:
    yield menu()
    for name in SUMMARIES:
        found = find_command(name)
        if isinstance(found, Command):
            yield found.parser(f"beca {name}")
        else:
            for second, command in found.commands.items():
                yield command.parser(f"beca {name} {second}")


def _command_section(parser: CommandParser) -> str:
    usage = parser.format_usage().removeprefix("Usage: ").strip()
    tables = "\n\n".join(_options_table(title, options) for title, options in parser.described().items())
    text = inspect.cleandoc(parser.description or "")
    return f"## `{parser.prog}`\n\n{text}\n\n```text\n{usage}\n```\n\n{tables}"


def _options_table(title: str, options: dict[str, str]) -> str:
    rows = [f"| `{name.replace('|', chr(92) + '|')}` | {text} |" for name, text in options.items()]
    return "\n".join([f"| {title.lower()} | meaning |", "|---|---|", *rows])


def hooks_page() -> str:
    """Return the page of all hooks."""
    sections = "\n\n".join(
        f"## `{name}`\n\n{inspect.getdoc(hook)}\n\n```python\n{_sample(name)}\n```"
        for name, hook in vars(hookspecs).items()
        if name.startswith("beca_")
    )
    return f"""# Hooks

{NOTE}
{inspect.getdoc(hookspecs)}

`hookimpl` comes from `beca_core`. A hook that does not exist is reported with a similar name that does. A plugin that
raises, exits or hangs is reported too. `beca plugins list` shows every plugin and what is wrong with it.

{sections}
"""


def _sample(name: str) -> str:
    return (HOOKS / f"{name}.py").read_text().strip()


def rest_page() -> str:
    """Return the page of all REST calls."""
    document = json.loads(build_document(OPERATIONS))
    sections = "\n\n".join(
        _rest_section(method, path, operation)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    )
    return f"""# REST

{NOTE}
Everything is JSON in camelCase. The server describes itself: `/openapi.json` is this page for programs, and
`/swagger/index.html` is a page on which every call can be tried.

**Tokens.** Send `Authorization: Bearer TOKEN`. The first start prints a token; `beca token create` makes more. A token
has scopes: `read` and `write`, and `audit` if it was asked for; each call below names the one that it needs.

**Errors** are `application/problem+json` (RFC 9457): `type`, `title`, `status`, `detail`, and a `code` that programs
can match on. A 422 has `errors`, each with a JSON pointer to the wrong member. What was sent is never repeated.

**Pages.** Lists have `items` and `next`. Send the value of `next` as `after` to read on, or follow the header
`Link: <...>; rel="next"`. The last page has no `next`.

**Entity tags.** Records come with an `ETag`. Send it as `If-None-Match` to be answered 304 when nothing changed, and as
`If-Match` with a change, which is then refused with 412 if somebody else was faster.

**Scanning.** `POST /repositories/{{id}}/scans` answers 202 with a result that is `Queued`. Ask for it at `Location`
until its status is `Success` or `Failure`, or [follow its events](../explanation/events.md#following-one-scan):
`curl -N -H "Authorization: Bearer $BECA_TOKEN" http://127.0.0.1:3000/results/1/events`. The shapes of results and
findings have [a page of their own](finding-and-result.md).

{sections}
"""


def _rest_section(method: str, path: str, operation: dict[str, Any]) -> str:
    (security,) = operation.get("security") or [{}]
    scope = " ".join(security.get("bearer", [])) or "none"
    parts = [
        f"## `{method.upper()} {path}`",
        ". ".join(filter(None, [operation["summary"], operation.get("description", "").rstrip(".")])) + ".",
        "\n".join(["| | |", "|---|---|", f"| scope | {scope} |", *_rest_rows(operation)]),
    ]
    return "\n\n".join(parts)


def _rest_rows(operation: dict[str, Any]) -> Iterator[str]:
    for parameter in operation.get("parameters", []):
        if parameter["in"] != "path":
            yield f"| {parameter['in']} `{parameter['name']}` | {parameter.get('description', '')} |"
    for kind in operation.get("requestBody", {}).get("content", {}):
        yield f"| body | `{kind}` |"
    refusals = []
    for status, answer in operation["responses"].items():
        if "$ref" in answer:
            refusals.append(status)
        else:
            yield f"| {status} | {answer['description']} |"
    if refusals:
        yield f"| refused with | {', '.join(refusals)} |"


def rules_schema() -> str:
    """Return the JSON Schema of rule files, as `beca rules schema` prints it."""
    return f"{json.dumps(rule_file_schema(), indent=2)}\n"


PAGES = {
    "rules.schema.json": rules_schema,
    "library.md": lambda: library_page(NOTE),
    "rules.md": lambda: rules_page(NOTE, built_in_rules(), secrets_without_rule()),
    "checks.md": lambda: checks_page(NOTE),
    "rest.md": rest_page,
    "settings.md": settings_page,
    "cli.md": cli_page,
    "hooks.md": hooks_page,
}


def main() -> None:
    """Write all generated pages."""
    for name, make in PAGES.items():
        (REFERENCE / name).write_text(make())


if __name__ == "__main__":
    main()
