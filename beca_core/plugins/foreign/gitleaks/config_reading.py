"""Reads a configuration of gitleaks or betterleaks, and what it extends, as tables with their lines.

Format: https://github.com/gitleaks/gitleaks#configuration
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from beca_core.errors import InvalidInput, quoted_path
from beca_core.plugins.foreign.remarks import Effect, Remark
from beca_core.plugins.rule_files.parsed_file import MAX_FILE_BYTES, NotParsed
from beca_core.plugins.rule_files.toml_reader import read_toml
from beca_core.reports.escaping import printable
from beca_core.system.regular_files import read_regular

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from beca_core.plugins.rule_files.parsed_file import ParsedFile

MOST_EXTENDED: Final = 2
"""How deep files may extend files; gitleaks stops there too."""
_MOST_RULES: Final = 5_000
_KNOWN: Final = frozenset(
    [
        "title",
        "description",
        "version",
        "minVersion",
        "betterleaksMinVersion",
        "extend",
        "rules",
        "allowlist",
        "allowlists",
        "filter",
        "prefilter",
    ]
)
_ADDED: Final = ("keywords", "tags", "allowlists")
"""What a rule adds to a rule of the same id that it extends; everything else replaces."""
_WITHOUT_DEFAULTS: Final = (
    "BECA does not have the default rules; its own take part beside these. "
    "`betterleaks config show toml` prints those of betterleaks"
)


@dataclass(frozen=True)
class SourceTable:
    """A table of a configuration.

    Args:
        data: Its keys and values.
        file: The file in which it is, as it was named.
        line: Its line, 1-based.
        lines: The line of each key.
    """

    data: Mapping[str, Any]
    file: str
    line: int
    lines: Mapping[str, int] = field(default_factory=dict)

    def line_of(self, key: str) -> int:
        """Return the line of a key, or that of the table."""
        return self.lines.get(key, self.line)


@dataclass
class ConfigTables:
    """What a configuration says, with everything that it extends.

    Args:
        rules: The tables of rules, by id.
        allowlists: The global allow-lists.
        filters: The tables that have a global filter.
        extends_defaults: Whether it extends the default rules of its scanner, which BECA does not have.
        remarks: What is not translated.
    """

    rules: dict[str, SourceTable] = field(default_factory=dict)
    allowlists: list[SourceTable] = field(default_factory=list)
    filters: list[SourceTable] = field(default_factory=list)
    extends_defaults: bool = False
    remarks: list[Remark] = field(default_factory=list)


def read_config(path: str | os.PathLike[str]) -> ConfigTables:
    """Return what a file says, and what it extends.

    Raises:
        InvalidInput: If it cannot be read, or is not valid TOML.
    """
    return _read(path, MOST_EXTENDED)


def _read(path: str | os.PathLike[str], depth: int) -> ConfigTables:
    name, parsed = printable(os.fspath(path)), _parsed(path)
    tables = ConfigTables()
    data = parsed.data
    extend = data.get("extend", {})
    if isinstance(extend, dict):
        _extend(tables, extend, Path(path), depth, parsed.spot(("extend",)).line)
    for key in data:
        if key not in _KNOWN:
            line = parsed.spot((key,)).line
            tables.remarks.append(Remark(line, f"{key!r:.80}", "the key is not known", Effect.FINDS_MORE, name))
    _add_rules(tables, data.get("rules", []), parsed, name)
    tables.allowlists += allowlists_in(data, (), parsed, name)
    if "filter" in data or "prefilter" in data:
        tables.filters.append(_table(data, (), parsed, name))
    disabled = extend.get("disabledRules", []) if isinstance(extend, dict) else []
    for rule_id in disabled if isinstance(disabled, list) else []:
        tables.rules.pop(str(rule_id), None)
    return tables


def _parsed(path: str | os.PathLike[str]) -> ParsedFile:
    try:
        data = read_regular(os.fspath(path), MAX_FILE_BYTES)
    except OSError as error:
        why = error.strerror or "it is not a regular file"
        raise InvalidInput(f"{quoted_path(path)} cannot be read: {why}.") from None
    if data is None:
        raise InvalidInput(f"{quoted_path(path)} is larger than {MAX_FILE_BYTES:,} bytes.")
    try:
        return read_toml(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise InvalidInput(f"{quoted_path(path)} is not UTF-8.") from None
    except NotParsed as error:
        line = "" if error.spot is None else f", line {error.spot.line}"
        raise InvalidInput(f"{quoted_path(path)}{line}: the file {error.message}.") from None


def _extend(tables: ConfigTables, extend: dict[str, Any], path: Path, depth: int, line: int) -> None:
    name = printable(os.fspath(path))

    def remark(key: str, reason: str, effect: Effect) -> None:
        tables.remarks.append(Remark(line, f"extend: {key}", reason, effect, name))

    for key in extend.keys() - {"useDefault", "path", "disabledRules"}:
        remark(str(key)[:80], "the key is not known", Effect.NOT_RUN)
    if extend.get("useDefault") is True:
        tables.extends_defaults = True
        remark("useDefault", _WITHOUT_DEFAULTS, Effect.NONE)
    base = extend.get("path")
    if not isinstance(base, str) or not base:
        return
    if not depth:
        remark("path", f"files are extended {MOST_EXTENDED} deep at most", Effect.NOT_RUN)
        return
    found = next((each for each in (Path(base), path.parent / base) if each.is_file()), Path(base))
    extended = _read(found, depth - 1)
    tables.rules.update(extended.rules)
    tables.allowlists += extended.allowlists
    tables.filters += extended.filters
    tables.remarks += extended.remarks
    tables.extends_defaults |= extended.extends_defaults


def _add_rules(tables: ConfigTables, rules: object, parsed: ParsedFile, name: str) -> None:
    if not isinstance(rules, list) or len(rules) > _MOST_RULES:
        raise InvalidInput(f"{name}: rules must be tables, each written as [[rules]], and at most {_MOST_RULES:,}.")
    for number, data in enumerate(rules):
        line = parsed.spot(("rules", number)).line
        if not isinstance(data, dict):
            raise InvalidInput(f"{name}, line {line}: a rule must be a table.")
        rule_id = data.get("id")
        if not isinstance(rule_id, str) or not rule_id:
            tables.remarks.append(Remark(line, f"rule {number + 1}", "it has no id", Effect.NOT_RUN, name))
            continue
        table = _table(data, ("rules", number), parsed, name)
        own = [
            {**each.data, "_line": each.line, "_file": name}
            for each in allowlists_in(data, ("rules", number), parsed, name)
        ]
        table = replace(
            table,
            data={key: value for key, value in data.items() if key != "allowlist"}
            | ({"allowlists": own} if own else {}),
        )
        tables.rules[rule_id] = _extended(tables.rules.get(rule_id), table)


def _extended(base: SourceTable | None, table: SourceTable) -> SourceTable:
    if base is None:
        return table
    added = {
        key: [*base.data.get(key, []), *table.data.get(key, [])]
        for key in _ADDED
        if isinstance(base.data.get(key, []), list) and isinstance(table.data.get(key, []), list)
    }
    data = {**base.data, **table.data, **{key: value for key, value in added.items() if value}}
    return replace(table, data=data, lines={**dict.fromkeys(base.data, table.line), **table.lines})


def allowlists_in(
    data: Mapping[str, Any], path: tuple[str | int, ...], parsed: ParsedFile, name: str
) -> Iterable[SourceTable]:
    """Return the allow-lists of a table: `allowlist`, which is older, and `allowlists`."""
    one, several = data.get("allowlist"), data.get("allowlists", [])
    found = [] if one is None else [(one, (*path, "allowlist"))]
    if isinstance(several, list):
        found += [(each, (*path, "allowlists", number)) for number, each in enumerate(several)]
    return [_table(each, where, parsed, name) for each, where in found if isinstance(each, dict)]


def _table(data: Mapping[str, Any], path: tuple[str | int, ...], parsed: ParsedFile, name: str) -> SourceTable:
    lines = {key: parsed.spot((*path, key)).line for key in data}
    return SourceTable(data, name, parsed.spot(path).line, lines)
