"""Plugins that are installed, upgraded and removed while the server runs: what it shows and what it finds agree."""

from __future__ import annotations

import asyncio
import shutil
import sys
import time
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from beca_api.catalogue import plugin_catalogue
from beca_api.catalogue.plugin_catalogue import Catalogue, CatalogueContent, load_in_child
from beca_api.http.keys import CATALOGUE
from beca_core import PluginRegistry
from beca_core.errors import BecaError
from beca_core.plugins.installation import Installation
from tests.core.plugins.rule_files.conftest import rule

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from aiohttp import web
    from aiohttp.test_utils import TestClient

    from beca_core.system.settings import Settings

    Client = TestClient[web.Request, web.Application]
    Install = Callable[..., None]

MODULE = """
    import time
    from beca_core import Confidence, Match, Rule, RuleInfo, Severity, hookimpl

    ABOUT = dict(version=1, description="x", severity=Severity.LOW, confidence=Confidence.LOW)

    class Slow:
        rules = (RuleInfo(id="acme-slow", **ABOUT),)
        anchors = (b"slowly",)

        def scan(self, data):
            open(__file__ + ".asked", "w").close()
            time.sleep(1)
            yield Match(0, 6, "acme-slow")

    @hookimpl
    def beca_register_scanners():
        return [Slow()]

    @hookimpl
    def beca_register_rules():
        return [Rule(id="acme-token", pattern="(?P<secret>WORD[0-9]+)", **ABOUT)]
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory for distributions that this process and its children see."""
    path = tmp_path / "site"
    path.mkdir()
    monkeypatch.syspath_prepend(path)
    monkeypatch.setenv("PYTHONPATH", str(path))
    return path


@pytest.fixture
def install(site: Path) -> Install:
    """Install a version of the distribution `acme`, or remove it."""

    def install_version(version: str = "", source: str = MODULE, word: str = "acme") -> None:
        for info in site.glob("acme-*.dist-info"):
            shutil.rmtree(info)
        if version:
            (site / "acme_live.py").write_text(dedent(source).replace("WORD", word))
            info = site / f"acme-{version}.dist-info"
            info.mkdir()
            (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: acme\nVersion: {version}\n")
            (info / "entry_points.txt").write_text("[beca.plugins]\nacme = acme_live\n")

    return install_version


async def distributions(api: Client) -> list[str]:
    body = await (await api.get("/plugins")).json()
    assert body["restartWanted"] is None
    return [plugin["distribution"] for plugin in body["items"]]


async def rules(api: Client) -> set[str]:
    return {rule["id"] for rule in (await (await api.get("/rules")).json())["items"]}


async def found(api: Client, text: str) -> list[str]:
    answer = await api.post("/scan", data=text.encode(), headers={"Content-Type": "text/plain"})
    assert answer.status == 200
    return [finding["ruleId"] for finding in (await answer.json())["findings"]]


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not await condition():
        assert time.monotonic() < end
        await asyncio.sleep(0.05)


@pytest.fixture
async def api(start: Callable[..., Awaitable[Client]], settings: Settings, site: Path) -> Client:
    """A server that sweeps often."""
    assert str(site) in sys.path
    return await start(settings.model_copy(update={"sweep_seconds": 0.2}))


async def test_an_installed_upgraded_and_removed_plugin_is_shown_and_used_without_a_restart(
    api: Client, install: Install
) -> None:
    async def shows(distribution: str) -> bool:
        return distribution in await distributions(api)

    assert await found(api, "acme1 other1") == []
    install("1.0")
    await until(lambda: shows("acme 1.0"))
    assert {"acme-token", "acme-slow"} <= await rules(api)
    assert await found(api, "acme1 other1") == ["acme-token"]

    install("2.0", word="other")
    await until(lambda: shows("acme 2.0"))
    assert not await shows("acme 1.0")
    assert [await found(api, text) for text in ("acme1", "other1")] == [[], ["acme-token"]]

    install()

    async def is_gone() -> bool:
        return not await shows("acme 2.0")

    await until(is_gone)
    assert "acme-token" not in await rules(api)
    assert await found(api, "other1") == []


async def test_a_text_that_is_being_scanned_is_finished_by_the_plugin_that_began(
    api: Client, install: Install, site: Path
) -> None:
    install("1.0")

    async def is_known() -> bool:
        return "acme-slow" in await rules(api)

    await until(is_known)
    assert await found(api, "acme1") == ["acme-token"]
    scan = asyncio.create_task(found(api, "slowly"))
    await until(lambda: asyncio.sleep(0, (site / "acme_live.py.asked").exists()))
    install()

    async def is_unknown() -> bool:
        return not await is_known()

    await until(is_unknown)
    assert await scan == ["acme-slow"]
    assert await found(api, "slowly acme1") == []


async def test_a_plugin_that_is_installed_again_in_the_same_version_is_loaded_again(
    api: Client, install: Install
) -> None:
    install("1.0")

    async def finds(word: str) -> bool:
        return await found(api, word) == ["acme-token"]

    await until(lambda: finds("acme1"))
    install("1.0", word="other")
    await until(lambda: finds("other1"))
    assert not await finds("acme1")


def catalogue(*disabled: str) -> Catalogue:
    return Catalogue(CatalogueContent.of(PluginRegistry.load(cache_dir=False)), Installation.look(), disabled)


def test_nothing_is_loaded_while_nothing_is_installed(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugin_catalogue, "load_in_child", lambda _disabled, **_: pytest.fail("loaded"))
    shown = catalogue()
    (site / "unrelated.py").write_text("x = 1")
    assert [shown.refresh() for _ in range(3)] == [False, False, False]


def test_a_document_of_the_content_is_made_once(install: Install) -> None:
    shown, made = catalogue(), []

    def render(content: CatalogueContent) -> bytes:
        made.append(content)
        return b"%d" % len(made)

    assert [shown.rendered(render) for _ in range(3)] == [b"1"] * 3
    install("1.0")
    assert shown.refresh()
    assert [shown.rendered(render) for _ in range(3)] == [b"2"] * 3
    assert made[1] is shown.content


@pytest.mark.slow
def test_a_rule_file_that_changes_is_loaded_again(site: Path, tmp_path: Path) -> None:
    path = tmp_path / "acme.toml"
    path.write_text(rule("acme-key"))
    files = [str(path)]
    registry = PluginRegistry.load(cache_dir=False).with_rule_files(files)
    shown = Catalogue(CatalogueContent.of(registry), Installation.look(files), (), files)
    assert not shown.refresh()
    path.write_text(rule("acme-key") + rule("new-key", "new", more='tags = ["x"]'))
    assert shown.refresh()
    (new,) = [each for each in shown.content.rules if each["id"] == "new-key"]
    assert (new["plugin"], new["tags"]) == ("acme.toml", ["x"])
    path.write_text("rules = [")
    assert shown.refresh()
    assert "is not valid TOML" in str(shown.restart_wanted)
    assert new in shown.content.rules


def test_problems_of_a_plugin_that_is_installed_later_are_logged(install: Install) -> None:
    shown = catalogue()
    install("1.0", source="raise RuntimeError('out of order')")
    with capture_logs() as logs:
        assert shown.refresh()
    (line,) = [line for line in logs if line["event"] == "plugin problem"]
    assert (line["plugin"], line["problem"]) == ("acme", "cannot be imported: RuntimeError: out of order")
    assert shown.restart_wanted is None
    assert "secret-key" in {rule["id"] for rule in shown.content.rules}


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import os; os._exit(0)", "The process that loads the plugins died."),
        ("import os; os.abort()", "The process that loads the plugins died."),
        ("import time; time.sleep(60)", "The plugins were not loaded within 2 seconds."),
        ("import json; json.dumps = lambda _: '[]'", "The process that loads the plugins died."),
        ("import json; json.dumps = lambda _: '['  * 100_000", "The process that loads the plugins died."),
        (
            'import json; json.dumps = lambda _: \'{"rules": [7], "plugins": []}\'',
            "The process that loads the plugins died.",
        ),
        ("import json; json.dumps = lambda _: 'x' * (80 << 20)", "The process that loads the plugins died."),
    ],
)
def test_plugins_that_cannot_be_loaded_leave_the_catalogue_and_ask_for_a_restart(
    source: str, reason: str, site: Path, install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What ends the process that loads: code that each Python runs at its start, since plugins run elsewhere."""
    seconds = 2 if "sleep" in source else 60
    monkeypatch.setattr(plugin_catalogue, "load_in_child", lambda disabled, **_: load_in_child(disabled, seconds))
    shown = catalogue()
    before = shown.content
    install("1.0")
    customization = site / "sitecustomize.py"
    customization.write_text(f"import sys\nif 'beca_api.catalogue.catalogue_process' in sys.orig_argv:\n    {source}\n")
    with capture_logs() as logs:
        assert shown.refresh()
    assert shown.content is before
    assert shown.restart_wanted == f"The plugins that are installed now cannot be loaded: {reason}"
    assert "restart wanted" in [line["event"] for line in logs]
    customization.unlink()
    install()
    seconds = 60
    assert shown.refresh()
    assert shown.restart_wanted is None


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("import os; os._exit(0)", "ended with exit code 0"),
        ("import os; os.abort()", "ended by signal 6"),
        ("import json; json.dumps = lambda _: '[]'", "its process"),
    ],
)
def test_a_plugin_that_ends_its_process_is_named_and_harms_nothing_else(
    source: str, problem: str, install: Install
) -> None:
    shown = catalogue()
    install("1.0", source=source)
    assert shown.refresh()
    (plugin,) = [plugin for plugin in shown.content.plugins if plugin["name"] == "acme"]
    assert problem in " ".join(plugin["problems"])
    assert "secret-key" in {rule["id"] for rule in shown.content.rules}
    assert shown.restart_wanted is None


def test_what_a_plugin_prints_is_no_part_of_what_is_said_about_it(install: Install) -> None:
    install("1.0", source="print('{}', flush=True)\nimport os\nos.write(1, b'{}')\n" + dedent(MODULE))
    assert "acme-token" in {rule["id"] for rule in load_in_child([]).rules}


def test_a_process_that_a_plugin_leaves_behind_delays_nothing(install: Install, site: Path) -> None:
    lasting = site / "lasting"
    lasting.touch()
    stay = f"    while os.path.exists({str(lasting)!r}):\n        time.sleep(0.1)\n"
    install(
        "1.0", source=f"import os, time\nif os.fork() == 0:\n    os.setsid()\n{stay}    os._exit(0)\n" + dedent(MODULE)
    )
    try:
        assert "acme-token" in {rule["id"] for rule in load_in_child([], 60).rules}
    finally:
        lasting.unlink()


def test_a_disabled_plugin_that_is_removed_is_named(install: Install) -> None:
    install("1.0")
    shown = catalogue("acme")
    install()
    assert shown.refresh()
    assert shown.restart_wanted is not None
    assert "There is no plugin 'acme' to disable." in shown.restart_wanted


def test_a_server_without_rules_is_refused() -> None:
    with pytest.raises(BecaError, match="No plugin registers a rule"):
        load_in_child(["builtin"])


async def test_a_server_whose_own_code_was_replaced_says_that_it_wants_a_restart(
    api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = Installation.look()
    replaced = now._replace(own_files=(("beca_core/__init__.py", (1, 2, 3, 4)),))
    monkeypatch.setattr(Installation, "look", lambda *_: replaced)

    async def says_so() -> bool:
        body: Any = await (await api.get("/plugins")).json()
        return body["restartWanted"] == "BECA itself has been installed anew; restart the server."

    await until(says_so)
    assert api.app is not None
    monkeypatch.setattr(Installation, "look", lambda *_: now)
    await until(lambda: asyncio.sleep(0, api.app[CATALOGUE].restart_wanted is None))  # type: ignore[index]
