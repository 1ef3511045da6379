"""Every setting of the command line, the server and the workers, in one typed object.

A value comes from the environment, else from a TOML file, else from the defaults. `BECA_CONFIG` names the file; without
it, the file is `beca/config.toml` in the user's configuration directory. The current directory is never searched,
because it may be a hostile checkout.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import AliasChoices, BeforeValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict, TomlConfigSettingsSource

from beca_core.errors import InvalidSettings, did_you_mean, quoted_path
from beca_core.system.plugin_tables import PluginTables, read_tables, with_variables
from beca_core.system.quantities import parse_seconds, parse_size
from beca_core.system.user_dirs import config_file, default_data_dir

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic_settings import PydanticBaseSettingsSource

_REFERENCE: Final = "See docs/reference/settings.md."


def _size(value: object) -> object:
    return parse_size(value) if isinstance(value, str) else value


def _size_or_nothing(value: object) -> object:
    return 0 if value == "0" else _size(value)


def _seconds(value: object) -> object:
    return parse_seconds(value) if isinstance(value, str) else value


CommaSeparated = Annotated[frozenset[str], NoDecode]
CommaSeparatedOrNone = Annotated[frozenset[str] | None, NoDecode]
FilePaths = Annotated[tuple[Path, ...], NoDecode]
Size = Annotated[int, BeforeValidator(_size), Field(ge=1, le=2**62)]
"""Bytes: a number, or a text such as `20M`."""
SizeOrNothing = Annotated[int, BeforeValidator(_size_or_nothing), Field(ge=0, le=2**62)]
"""The same, or 0 for nothing."""
Seconds = Annotated[float, BeforeValidator(_seconds), Field(le=10**9)]
"""A number, or a text such as `10m`."""


class Settings(BaseSettings):
    """All settings; `Settings.load()` reads them."""

    model_config = SettingsConfigDict(
        env_prefix="BECA_", env_ignore_empty=True, extra="forbid", frozen=True, hide_input_in_errors=True
    )

    database_url: SecretStr = Field(
        default=SecretStr(""),
        validation_alias=AliasChoices("database_url", "DATABASE_URL"),
        description="sqlite:///..., postgresql://... or postgres://...; empty: SQLite in the data directory.",
    )
    broker_url: SecretStr = Field(
        default=SecretStr(""),
        validation_alias=AliasChoices("broker_url", "BROKER_URL"),
        description="amqp://... or redis://...; empty: the server runs the scans in its own process.",
    )
    broker_namespace: str = Field(
        default="beca",
        pattern=r"^[A-Za-z_][A-Za-z0-9_-]*$",
        description="Prefix of the names of BECA's queues; installations that share a broker need different ones.",
    )
    data_dir: Path = Field(
        default_factory=default_data_dir,
        description="Directory of the SQLite database, the fingerprint key, the copies of repositories, and the "
        "temporary files of running scans.",
    )
    host: str = Field(default="127.0.0.1", description="Address that the server listens on.")
    port: int = Field(default=3000, ge=0, le=65535, description="Port that the server listens on; 0 picks a free one.")
    workers: int = Field(default=2, ge=1, le=256, description="Scans that run at the same time in one process.")
    max_queued: int = Field(
        default=10_000,
        ge=1,
        le=10**7,
        description="Scans that may wait; further ones are refused until some of these have begun.",
    )
    require_token: bool = Field(default=True, description="Whether the API asks for a bearer token.")
    allowed_hosts: CommaSeparated = Field(
        default=frozenset({"localhost", "127.0.0.1", "[::1]"}),
        description="Values of the Host header that are accepted, without the port; `*` accepts all.",
    )
    max_connections: int = Field(
        default=1000,
        ge=16,
        le=100_000,
        description="Connections of clients that the server keeps open; it keeps fewer if the process may open fewer "
        "files. For a new one, it closes the one that has been idle for longest.",
    )
    max_event_streams: int = Field(
        default=100,
        ge=1,
        le=10_000,
        description="Clients that may follow the events of results at the same time; at most half of the connections.",
    )
    max_body_bytes: Size = Field(default=1024 * 1024, ge=1024, description="Largest request body, in bytes.")
    text_processes: int = Field(
        default=2,
        ge=1,
        le=64,
        description="Processes that scan the texts of `POST /scan`; with several, large texts "
        "leave one of them to small texts.",
    )
    allowed_schemes: CommaSeparated = Field(
        default=frozenset({"https"}),
        description="URL schemes that may be fetched: https, http, ssh, git, file.",
    )
    allow_private_hosts: bool = Field(
        default=False, description="Whether repositories on loopback and private addresses may be fetched."
    )
    fingerprint_key: SecretStr = Field(
        default=SecretStr(""),
        description="Key of the findings' fingerprints; empty: the command line uses a public one, the server creates "
        "its own and stores it in the data directory.",
    )
    former_fingerprint_key: SecretStr = Field(
        default=SecretStr(""),
        description="After `beca db rotate-key`: the key before, by which workers recognize the issues of secrets that "
        "they find again. Remove it when each repository was scanned; empty: there is none.",
    )
    disabled_plugins: CommaSeparated = Field(default=frozenset(), description="Names of plugins that are not loaded.")
    rules_files: FilePaths = Field(
        default=(), description="TOML and YAML files with further rules; their paths have no commas."
    )
    rules: CommaSeparatedOrNone = Field(
        default=None,
        description="Rules that take part: ids, patterns such as `aws-*`, `tag:payment` and the like, as `beca scan "
        "--rules` has them; empty: all that are enabled.",
    )
    exclude_rules: CommaSeparated = Field(
        default=frozenset(), description="Rules that do not take part, named in the same ways."
    )
    min_severity: Literal["low", "medium", "high", "critical"] | None = Field(
        default=None, description="Least severity of the findings that are reported; empty: any."
    )
    min_confidence: Literal["low", "medium", "high"] | None = Field(
        default=None,
        description="Least confidence of the findings that are reported; empty: any, but those of LOW confidence are "
        "only counted in the table, and do not decide the exit code.",
    )
    plugins: Annotated[PluginTables, NoDecode, BeforeValidator(read_tables)] = Field(
        default={},
        repr=False,
        description="What is set for plugins: a table `[plugins.NAME]` for each. In the environment, "
        "`BECA_PLUGINS__NAME__SETTING` sets one setting of one plugin, and this variable holds all tables as JSON. "
        "`beca plugins show NAME` lists the settings of a plugin.",
    )
    max_blob_bytes: Size = Field(
        default=256 * 1024 * 1024, description="Larger blobs of a repository are skipped, in bytes."
    )
    scan_seconds: Seconds = Field(
        default=3600,
        gt=0,
        description="Time for one scan, from fetching to finding places. A worker gives the scan four fifths of it, so "
        "that it can report what was found, and kills the scan at the end of it.",
    )
    max_scan_bytes: Size | None = Field(
        default=None, description="Bytes after which a scan skips the rest; empty: no limit."
    )
    locate_seconds: Seconds = Field(
        default=600, gt=0, description="Time for finding the places of secrets in the history of a repository."
    )
    max_findings: int = Field(
        default=100_000,
        ge=1,
        le=10**9,
        description="Findings that one scan reports at most, the worst ones; the others are counted.",
    )
    plugin_seconds: Seconds = Field(
        default=5, gt=0, description="Time for one call of the code of an installed plugin on one content."
    )
    max_fetch_bytes: Size = Field(
        default=20 * 1024**3, description="Disk space that one fetched repository may take, in bytes."
    )
    min_free_bytes: SizeOrNothing = Field(
        default=1024**3,
        description="Disk space that fetching repositories leaves free, in bytes; at most a tenth of the file system.",
    )
    mirrors_bytes: SizeOrNothing = Field(
        default=20 * 1024**3,
        description="Disk space for the copies of repositories on one machine. With a copy, the next scan fetches and "
        "reads only what is new. The least recently used copies are deleted first. 0: no copies.",
    )
    max_archive_depth: int = Field(
        default=4, ge=0, le=64, description="How deep archives in archives are opened; 0: not at all."
    )
    max_archive_members: int = Field(
        default=100_000,
        ge=1,
        le=10**9,
        description="Members of one archive that are read, including the members of archives in it.",
    )
    max_archive_bytes: Size = Field(
        default=1024**3, description="Bytes that the members of one archive may have together."
    )
    processes: int | None = Field(
        default=None,
        ge=1,
        le=1024,
        description="Processes that read in one scan; empty: as many as the machine allows.",
    )
    cache_dir: Path | None = Field(
        default=None,
        description="Directory in which compiled rules are cached; empty: for the command line "
        "`$XDG_CACHE_HOME/beca` (`~/.cache/beca`), for a worker its data directory.",
    )
    lease_seconds: Seconds = Field(
        default=60, ge=1, description="A worker that sends no sign of life for this long loses its scan."
    )
    sweep_seconds: Seconds = Field(
        default=10,
        ge=0.1,
        description="Time between two searches for forgotten and orphaned scans, and for plugins that were installed.",
    )
    keep_results: int = Field(
        default=20,
        ge=1,
        le=10**6,
        description="Ended scans of one repository and scope that are kept. The latest successful and the latest "
        "complete one are always kept, and so are all issues.",
    )
    keep_days: int = Field(
        default=90, ge=1, le=36500, description="Days for which an ended scan is kept, within `keep_results`."
    )
    keep_audit_days: int = Field(
        default=365, ge=1, le=36500, description="Days for which an entry of the audit log is kept."
    )
    keep_event_days: int = Field(
        default=7,
        ge=1,
        le=36500,
        description="Days for which the events that plugins hear of are kept for a plugin that is away.",
    )
    max_attempts: int = Field(default=3, ge=1, description="How often a scan is tried if its workers die.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least severe log messages that are written."
    )

    @property
    def plugin_settings(self) -> PluginTables:
        """What is set for plugins, in the settings file and in single variables of the environment."""
        return with_variables(self.plugins)

    @field_validator("rules_files", mode="before")
    @classmethod
    def _absolute(cls, value: object) -> object:
        parts = [part.strip() for part in value.split(",")] if isinstance(value, str) else value
        if isinstance(parts, (list, tuple)) and all(isinstance(part, (str, Path)) for part in parts):
            return tuple(Path(part).absolute() for part in parts if part)
        return value

    @field_validator("allowed_hosts", "allowed_schemes", "disabled_plugins", "rules", "exclude_rules", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return frozenset(part.strip() for part in value.split(",") if part.strip())
        return value

    @property
    def rule_choice(
        self,
    ) -> tuple[tuple[str, ...], tuple[str, ...] | None, tuple[str, ...], str | None, str | None]:
        """The arguments of `RuleChoice`."""
        return (
            tuple(map(str, self.rules_files)),
            tuple(sorted(self.rules)) if self.rules else None,
            tuple(sorted(self.exclude_rules)),
            self.min_severity,
            self.min_confidence,
        )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources: arguments first, then the environment, then the TOML file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=config_file())

    @classmethod
    def load(cls, **overrides: Any) -> Settings:
        """Read the settings.

        Args:
            overrides: Values that win over the environment and the file.

        Raises:
            InvalidSettings: If settings are wrong, or `BECA_CONFIG` names no file; the message names each of them,
                without its value.
        """
        try:
            return cls._read(overrides)
        except ValidationError as error:
            raise wrong_settings(_faults(error)) from None

    @classmethod
    def load_tolerant(cls) -> tuple[Settings, dict[str, str]]:
        """Read the settings for a command that uses some of them.

        Returns:
            The settings, where each one with a wrong value has its default, and what is wrong with those, by name.

        Raises:
            InvalidSettings: If the settings file has unknown keys or is not valid, or `BECA_CONFIG` names no file.
        """
        try:
            return cls._read({}), {}
        except ValidationError as error:
            faults = _faults(error)
        if faults.keys() - cls.model_fields.keys():
            raise wrong_settings(faults)
        defaults = {name: cls.model_fields[name].get_default(call_default_factory=True) for name in faults}
        return cls._read(defaults), faults

    @classmethod
    def _read(cls, overrides: dict[str, Any]) -> Settings:
        path = config_file()
        if os.environ.get("BECA_CONFIG") and not path.is_file() and path != Path(os.devnull):
            raise InvalidSettings(
                f"BECA_CONFIG names {quoted_path(path)}, which is not a file.", hint="Correct or unset it."
            )
        try:
            return cls(**overrides)
        except ValidationError:
            raise
        except ValueError as error:  # tomllib.TOMLDecodeError
            raise InvalidSettings(f"{quoted_path(path)} is not valid TOML: {error}.") from None
        except OSError as error:
            raise InvalidSettings(f"{quoted_path(path)} cannot be read: {error.strerror}.") from None


def variables() -> dict[str, str]:
    """Return the environment variable of each setting, in capital letters, with the setting's name."""
    return {
        (name if field.validation_alias else f"BECA_{name}").upper(): name
        for name, field in Settings.model_fields.items()
    }


def wrong_settings(faults: Mapping[str, str]) -> InvalidSettings:
    """Return the error for wrong settings; the hint names the settings that misspelled keys resemble.

    Args:
        faults: What is wrong, by the name of the setting, or by a key of the file that is no setting.
    """
    wrong = "; ".join(f"{name!s:.80}: {fault}" for name, fault in faults.items())
    similar = (similar_setting(name) for name in faults.keys() - Settings.model_fields.keys())
    return InvalidSettings(f"Wrong settings: {wrong}.", hint=" ".join(filter(None, [*sorted(similar), _REFERENCE])))


def similar_setting(name: str) -> str:
    """Return a hint with the key of the settings file that a misspelled one resembles, or an empty string."""
    return did_you_mean(name.lower().removeprefix("beca_"), Settings.model_fields)


def _faults(error: ValidationError) -> dict[str, str]:
    return {".".join(map(str, each["loc"])): _complaint(each["type"], each["msg"]) for each in error.errors()}


def _complaint(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "there is no such setting"
    return message.removeprefix("Value error, ").rstrip(".")
