"""Logs: one format, one line for each request, and nothing that a caller sent."""

from __future__ import annotations

import io
import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from structlog.testing import capture_logs

from beca_api.http.keys import TOKENS
from beca_api.logs import configure_logging

if TYPE_CHECKING:
    from aiohttp import web
    from aiohttp.test_utils import TestClient

    Client = TestClient[web.Request, web.Application]

SECRET = "hunter2-hunter2"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def lines(stream: io.StringIO) -> list[Any]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_messages_of_beca_and_of_libraries_have_one_format() -> None:
    stream = io.StringIO()
    configure_logging("info", stream)
    structlog.stdlib.get_logger("own").info("happened", number=1)
    logging.getLogger("foreign").warning("happened %s", "too")
    own, foreign = lines(stream)
    assert own == {
        "event": "happened",
        "number": 1,
        "level": "info",
        "logger": "own",
        "timestamp": own["timestamp"],
    }
    assert foreign | {"timestamp": ""} == {
        "event": "happened too",
        "level": "warning",
        "logger": "foreign",
        "timestamp": "",
    }
    assert own["timestamp"].endswith("Z")


@pytest.mark.parametrize(("level", "expected"), [("debug", 4), ("info", 3), ("warning", 2), ("error", 1)])
def test_the_level_applies_to_both(level: str, expected: int) -> None:
    stream = io.StringIO()
    configure_logging(level, stream)
    for log in (structlog.stdlib.get_logger("own"), logging.getLogger("foreign")):
        for method in (log.debug, log.info, log.warning, log.error):
            method("x")
    assert len(lines(stream)) == 2 * expected


def test_a_terminal_gets_readable_lines() -> None:
    stream = Terminal()
    configure_logging("info", stream)
    structlog.stdlib.get_logger("own").info("happened")
    assert "happened" in stream.getvalue()
    assert not stream.getvalue().startswith("{")


def test_the_text_of_an_exception_is_not_logged() -> None:
    stream = io.StringIO()
    configure_logging("info", stream)
    logs: list[Any] = [structlog.stdlib.get_logger("own"), logging.getLogger("foreign")]
    for log in logs:
        try:
            raise ValueError(SECRET)
        except ValueError as error:
            log.exception("failed")
            log.error("failed", exc_info=error)
        log.error("not failed", exc_info=True)
        log.error("not failed", exc_info=False)
    assert SECRET not in stream.getvalue()
    assert [line.get("error") for line in lines(stream)] == ["ValueError", "ValueError", None, None] * 2
    assert all("exc_info" not in line for line in lines(stream))


async def test_a_request_is_one_line_without_the_input(api: Client) -> None:
    with capture_logs() as logs:
        answer = await api.post(
            f"/repositories/{SECRET}/scans?{SECRET}={SECRET}",
            json={SECRET: SECRET},
            headers={"X-Request-Id": SECRET, "User-Agent": SECRET, "If-Match": f'"{SECRET}"'},
        )
        await api.get(f"/{SECRET}")
    first, second = (line for line in logs if line["event"] == "request")
    assert (first["method"], first["route"], first["status"]) == ("POST", "/repositories/{id}/scans", answer.status)
    assert (second["route"], second["status"]) == ("(none)", 404)
    assert first["milliseconds"] >= 0
    assert SECRET not in str(logs)


async def test_a_request_says_who_did_what_to_which_record(api: Client) -> None:
    app = api.app
    assert app is not None
    (token,) = app[TOKENS].list()
    with capture_logs() as logs:
        made = await api.post("/repositories", json={"name": "x", "url": "https://example.com/x"})
        await api.delete(made.headers["Location"])
        await api.get("/repositories/01", headers={"Authorization": f"Bearer {SECRET}"})
    found = [line for line in logs if line["event"] == "request"]
    assert [(line["record"], line["made"], line["token"]) for line in found] == [
        (None, made.headers["Location"], token.id),
        (int(made.headers["Location"].rpartition("/")[2]), None, token.id),
        (None, None, None),
    ]
    assert {line["client"] for line in found} == {"127.0.0.1"}


async def test_the_response_has_the_request_id_of_the_log(api: Client) -> None:
    stream = io.StringIO()
    configure_logging("info", stream)
    answers = [await api.get(path) for path in ("/healthz", "/nowhere")]
    logged = [line["request_id"] for line in lines(stream) if line["event"] == "request"]
    assert logged == [answer.headers["X-Request-Id"] for answer in answers]
    assert len(set(logged)) == 2
