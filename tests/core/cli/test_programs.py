from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

PROGRAM = """
    def main(settings):
        print(settings.host, settings.port)
        return 3
"""


@pytest.fixture
def own_program(install: Callable[..., None], environment: dict[str, str]) -> None:
    """A program named `serve` that replaces the installed one."""
    install("serve", PROGRAM, group="beca.services", target=":main")


@pytest.mark.usefixtures("own_program")
def test_a_program_gets_the_settings_and_returns_the_exit_code(beca: Callable) -> None:
    outcome = beca("serve", BECA_HOST="127.0.0.9", BECA_PORT="3001")
    assert (outcome.code, outcome.out) == (3, "127.0.0.9 3001\n")


@pytest.mark.usefixtures("own_program")
def test_options_win_over_the_settings(beca: Callable) -> None:
    assert beca("serve", "--host", "::1", "--port", "0", BECA_PORT="3001").out == "::1 0\n"


@pytest.mark.usefixtures("own_program")
@pytest.mark.parametrize("arguments", [["--port", "70000"], ["--port", "-1"], ["--port", "web"]])
def test_an_invalid_port_is_refused(beca: Callable, arguments: list[str]) -> None:
    outcome = beca("serve", *arguments)
    assert outcome.code == 2
    assert "port" in outcome.err
    assert "Traceback" not in outcome.err


def test_a_missing_package_names_the_extra(beca: Callable, install: Callable[..., None]) -> None:
    install("serve", "import package_that_is_not_there\n", group="beca.services", target=":main")
    outcome = beca("serve")
    assert outcome.code == 2
    assert outcome.err == "Error: beca serve needs the extra 'server'.\nInstall it: pip install 'beca[server]'\n"


def test_wrong_settings_are_named_without_their_values(beca: Callable) -> None:
    outcome = beca("worker", BECA_WORKERS="many_secrets")
    assert outcome.code == 2
    assert "workers" in outcome.err
    assert "many_secrets" not in outcome.err
