"""The recipes of the library's reference page do what they say, each copied into a file of its own."""

from __future__ import annotations

import asyncio
import importlib.util
import io
import json
import os
import re
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp import web
    from aiohttp.test_utils import TestClient

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "library.md"
SECRET = 'private_key = "hunter2hunter2"\n'

_RECIPE = re.compile(
    r"^### (?P<title>[^\n]+)\n(?:(?!^#|^```).)*?^```python\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL
)
RECIPES = {found["title"]: found["code"] for found in _RECIPE.finditer(PAGE.read_text())}


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A directory with two secrets, one of them in a test."""
    (tmp_path / "app.ini").write_text(SECRET)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "app.ini").write_text(f"\n{SECRET}")
    return tmp_path


@pytest.fixture
def run(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., list[str]]:
    """Run a recipe by its title, in a directory, and return the lines that it prints."""

    def run(title: str, *arguments: str | Path, cwd: Path | None = None) -> list[str]:
        directory = tmp_path_factory.mktemp("recipe")
        (directory / "recipe.py").write_text(RECIPES[title])
        command = [sys.executable, directory / "recipe.py", *arguments]
        done = subprocess.run(command, cwd=cwd or directory, capture_output=True, text=True, check=False, timeout=300)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.splitlines()

    return run


def test_the_page_has_the_recipes() -> None:
    assert list(RECIPES) == [
        "Scan a directory",
        "Filter findings",
        "Rules of your own",
        "A text, and an upload",
        "Threads",
        "asyncio, with a time limit",
        "Save a state, and resume from it",
        "Errors",
        "A source of your own",
    ]


@pytest.mark.slow
def test_scan_a_directory(run: Any, here: Path) -> None:
    expected = [
        "app.ini:1:16: secret-key hun...(14)",
        "tests/app.ini:2:16: secret-key hun...(14)",
        "<Report: files, 2 findings, complete>",
    ]
    assert run("Scan a directory", here) == expected
    (here / "broken.gz").write_bytes(b"\x1f\x8b\x08\0\0\0\0\0\0\0damaged")
    lines = run("Scan a directory", cwd=here)
    assert lines[-1] == "Not everything was read: {'unreadable': 1} []"


@pytest.mark.slow
def test_filter_findings(run: Any, here: Path) -> None:
    (here / "README.md").write_text(SECRET)
    (here / "call.py").write_text("sign(data, private_key)\n")  # of low confidence
    printed = "\n".join(run("Filter findings", here))
    assert printed.count("hun...(14)") == 1
    assert "app.ini" in printed
    assert not any(name in printed for name in ("tests", "README.md", "call.py"))


def test_rules_of_your_own(run: Any) -> None:
    alone, chosen, everything = run("Rules of your own")
    assert alone == "alone: acme-token acme...(37)"
    assert chosen == "chosen: acme-token secret-key"
    assert int(everything.removeprefix("all: ")) > 2


@pytest.mark.slow
def test_a_text_and_an_upload(run: Any) -> None:
    assert run("A text, and an upload") == [
        "in the text: secret-key hun...(14)",
        "in the upload: upload.zip!config/app.ini hun...(14)",
        "refused",
    ]


@pytest.mark.slow
def test_threads(run: Any) -> None:
    assert run("Threads") == ["message-7 hun...(14)"]


@pytest.mark.slow
def test_save_a_state_and_resume_from_it(run: Any, here: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "Add settings"]):
        subprocess.run([*git, *command], cwd=here, check=True)
    cwd = tmp_path_factory.mktemp("states")
    title = "Save a state, and resume from it"
    assert [line for line in run(title, here, cwd=cwd) if "new" in line] == [
        "new: app.ini hun...(14)",
        "new: tests/app.ini hun...(14)",
    ]
    assert run(title, here, cwd=cwd) == [
        "<Report: history, 2 findings (0 new, 0 gone), complete>",
        "contents that were read: 0",
    ]
    (here / "new.ini").write_text("public_key_2 = another-secret-of-mine\n")
    for command in (["add", "."], ["commit", "-qm", "Add a key"]):
        subprocess.run([*git, *command], cwd=here, check=True)
    new, report, read = run(title, here, cwd=cwd)
    assert new.startswith("new: new.ini ")
    assert report == "<Report: history, 3 findings (1 new, 0 gone), complete>"
    assert read == "contents that were read: 1"


@pytest.mark.slow
def test_errors(run: Any, here: Path) -> None:
    lines = run("Errors", cwd=here)
    assert lines[0].startswith("wrong target (invalid-target): There is no file or directory 'no-such-directory'.")
    assert lines[2].startswith("wrong target (forbidden-url): ")
    assert [line for line in lines if not line.startswith("wrong")] == [
        "no-such-directory: 2",
        "http://example.com/repository.git: 2",
        ".: 1",
    ]
    (here / "app.ini").unlink()
    (here / "tests" / "app.ini").unlink()
    assert run("Errors", here) == [f"{here}: 0"]


def test_a_source_of_your_own(run: Any) -> None:
    assert run("A source of your own") == ["inbox/2 hun...(14)"]


# ------------------------------------------------------------------ the server, which has to stay responsive


@pytest.fixture
def server(tmp_path: Path) -> Any:
    """The module of the recipe with aiohttp."""
    path = tmp_path / "server.py"
    path.write_text(RECIPES["asyncio, with a time limit"])
    spec = importlib.util.spec_from_file_location("recipe_server", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> list[asyncio.subprocess.Process]:
    """All child processes that were started."""
    started: list[asyncio.subprocess.Process] = []
    start = asyncio.create_subprocess_exec

    async def noted(*arguments: Any, **options: Any) -> asyncio.subprocess.Process:
        started.append(await start(*arguments, **options))
        return started[-1]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", noted)
    return started


async def greatest_pause(until: asyncio.Event) -> float:
    """Return for how long at most the event loop did nothing else."""
    longest = 0.0
    while not until.is_set():
        before = time.monotonic()
        await asyncio.sleep(0.01)
        longest = max(longest, time.monotonic() - before)
    return longest


@pytest.mark.slow
async def test_the_server_scans_an_upload(server: Any, aiohttp_client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "SECONDS", 60.0)
    client: TestClient[web.Request, web.Application] = await aiohttp_client(server.make_app())
    upload = io.BytesIO()
    with zipfile.ZipFile(upload, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("app.ini", SECRET)
    answers = await asyncio.gather(*(client.post("/scan", data=upload.getvalue()) for _ in range(5)))
    for answer in answers:
        document = json.loads(await answer.text())
        assert answer.status == 200
        assert [found["location"]["path"] for found in document["findings"]] == ["upload!app.ini"]
        assert document["coverage"]["complete"]


@pytest.mark.slow
async def test_the_server_ends_a_scan_that_takes_too_long(
    server: Any, aiohttp_client: Any, children: list[asyncio.subprocess.Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "SECONDS", 3.0)
    client = await aiohttp_client(server.make_app())
    is_answered = asyncio.Event()
    pause = asyncio.create_task(greatest_pause(is_answered))
    began = time.monotonic()
    answer = await client.post("/scan", data=io.BytesIO(SECRET.encode() * 1_000_000))  # takes more than ten seconds
    is_answered.set()
    assert (answer.status, await answer.text()) == (422, "The upload takes too long to scan.\n")
    assert time.monotonic() - began >= 3.0
    assert await pause < 8.0, "the scan itself would take longer"
    assert [child.returncode for child in children] == [-9]


async def test_the_server_refuses_what_is_too_large(server: Any, aiohttp_client: Any) -> None:
    client = await aiohttp_client(server.make_app())
    answer = await client.post("/scan", data=io.BytesIO(b"x" * (server.MAX_BYTES + 1)))
    assert answer.status == 413


# ------------------------------------------------------------------ types


@pytest.mark.slow
def test_the_recipes_pass_mypy(tmp_path: Path) -> None:
    for number, code in enumerate(RECIPES.values()):
        (tmp_path / f"recipe_{number}.py").write_text(code)
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", ROOT / ".mypy_cache", *tmp_path.glob("*.py")]
    environment = {**os.environ, "MYPYPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
