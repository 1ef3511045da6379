"""Refusals: every invalid request gets a problem document that names the error and repeats no input."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from beca_api.http.problems import CONTENT_TYPE
from beca_core.errors import DatabaseUnavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp import ClientResponse, web
    from aiohttp.test_utils import TestClient

    from beca_core.system.settings import Settings

    Client = TestClient[web.Request, web.Application]

SECRET = "hunter2-hunter2"
GOOD = {"name": "Project", "url": "https://example.com/a"}
JSON = {"Content-Type": "application/json"}


async def problem(answer: ClientResponse, status: int, code: str) -> Any:
    """Check that a response is a valid problem document, and return it."""
    text = await answer.text()
    assert answer.status == status, text
    assert answer.content_type == CONTENT_TYPE
    document = json.loads(text)
    assert document["status"] == status
    assert document["code"] == code
    assert document["type"] == "about:blank"
    assert document["title"] == answer.reason
    assert document["detail"].endswith((".", "'"))
    assert UUID(document["instance"].removeprefix("urn:uuid:")) == UUID(answer.headers["X-Request-Id"])
    assert SECRET not in text
    return document


@pytest.mark.parametrize(
    "body", [b"", b"{", b"name=x", b'{"name": "\\ud800"}', b"\xff\xfe", b"[" * 100_0, f'"{SECRET}'.encode(), b"NaN,"]
)
async def test_400_a_body_that_is_not_json(api: Client, body: bytes) -> None:
    document = await problem(await api.post("/repositories", data=body, headers=JSON), 400, "malformed")
    assert document["detail"].startswith("The body is not JSON: ")


@pytest.mark.parametrize("body", [b"null", b"[]", b'"x"', b"1", b"true"])
async def test_422_json_that_is_not_an_object(api: Client, body: bytes) -> None:
    document = await problem(await api.post("/repositories", data=body, headers=JSON), 422, "invalid-input")
    assert document["errors"] == [{"pointer": "", "detail": "Input should be an object."}]


@pytest.mark.parametrize(
    ("change", "pointers"),
    [
        ({"name": 1}, ["/name"]),
        ({"name": None}, ["/name"]),
        ({"name": ""}, ["/name"]),
        ({"name": "  "}, ["/name"]),
        ({"name": "a\nb"}, ["/name"]),
        ({"name": "a\0b"}, ["/name"]),
        ({"name": "x" * 256}, ["/name"]),
        ({"name": [SECRET]}, ["/name"]),
        ({"url": True}, ["/url"]),
        ({"url": ""}, ["/url"]),
        ({"url": "not a url"}, ["/url"]),
        ({"url": f"https://user:{SECRET}@example.com/a"}, ["/url"]),
        ({"url": "https://127.0.0.1/a"}, ["/url"]),
        ({"url": "https://localhost/a"}, ["/url"]),
        ({"url": "file:///etc"}, ["/url"]),
        ({"url": "gopher://example.com/a"}, ["/url"]),
        ({"url": "--upload-pack=touch"}, ["/url"]),
        ({"url": "ext::sh -c id"}, ["/url"]),
        ({"url": "https://example.com/" + "x" * 3000}, ["/url"]),
        ({"name": 1, "url": 2}, ["/name", "/url"]),
        ({"color": SECRET}, ["/color"]),
        ({"a/b": 1}, [""]),
        ({f"{SECRET}": 1}, [""]),
    ],
)
async def test_422_has_a_pointer_to_each_wrong_member(api: Client, change: dict[str, Any], pointers: list[str]) -> None:
    for method, path in (("POST", "/repositories"), ("PATCH", "/repositories/1")):
        answer = await api.request(method, path, json=GOOD | change)
        document = await problem(answer, 422, (await answer.json())["code"])
        assert document["code"] in {"invalid-input", "invalid-target", "forbidden-url"}
        assert [error["pointer"] for error in document["errors"]] == pointers
        assert all(error["detail"] for error in document["errors"])


async def test_422_missing_members(api: Client) -> None:
    document = await problem(await api.post("/repositories", json={}), 422, "invalid-input")
    assert document["errors"] == [
        {"pointer": "/name", "detail": "Field required."},
        {"pointer": "/url", "detail": "Field required."},
    ]


@pytest.mark.slow
async def test_422_lists_a_limited_number_of_errors(api: Client) -> None:
    answer = await api.post("/repositories", json={f"a{letter}" * 3: 1 for letter in "abcdefghijklmnopqrstuvwxyz" * 2})
    assert len((await problem(answer, 422, "invalid-input"))["errors"]) == 20


async def test_422_nothing_to_change(api: Client) -> None:
    assert (await api.post("/repositories", json=GOOD)).status == 201
    await problem(await api.patch("/repositories/1", json={}), 422, "invalid-input")


@pytest.mark.parametrize("body", [{"scope": "everything"}, {"scope": "files"}, {"scope": None}, {"depth": 1}, []])
async def test_422_invalid_scan_options(api: Client, body: object) -> None:
    assert (await api.post("/repositories", json=GOOD)).status == 201
    await problem(await api.post("/repositories/1/scans", json=body), 422, "invalid-input")
    assert (await (await api.get("/results")).json())["items"] == []


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("/repositories?limit=0", "limit"),
        ("/repositories?limit=201", "limit"),
        ("/repositories?limit=", "limit"),
        ("/repositories?limit=1.0", "limit"),
        ("/repositories?limit=+1", "limit"),
        ("/repositories?limit=1_0", "limit"),
        ("/repositories?limit=%D9%A1", "limit"),
        ("/repositories?limit=" + "9" * 5000, "limit"),
        ("/repositories?limit=1&limit=1", "limit"),
        ("/repositories?after=", "after"),
        ("/repositories?after=nonsense", "after"),
        ("/repositories?after=WyJyZXN1bHRzIiwxLDJd", "after"),
        ("/repositories?after=%F0%9F%94%91", "after"),
        ("/repositories?after=" + "A" * 300, "after"),
        ("/repositories?name=x", "name"),
        ("/results?status=queued", "status"),
        ("/results?status=Queued&status=Failure", "status"),
        ("/results?repositoryId=x", "repositoryId"),
        ("/results?repositoryId=0", "repositoryId"),
        ("/results?repositoryId=9223372036854775808", "repositoryId"),
        ("/results?repository_id=1", "repository_id"),
        ("/results?include=everything", "include"),
        ("/results/1/findings?severity=high", "severity"),
        ("/results/1/findings?change=old", "change"),
        ("/results/1/findings?change=", "change"),
        ("/results/1/findings?limit=1001", "limit"),
        ("/results/1?include=findings", "include"),
        ("/rules?plugin=x", "plugin"),
        ("/healthz?verbose", "verbose"),
        (f"/results?{SECRET}=1", None),
    ],
)
async def test_422_names_the_wrong_parameter(api: Client, path: str, parameter: str | None) -> None:
    document = await problem(await api.get(path), 422, "invalid-input")
    assert [error.get("parameter") for error in document["errors"]] == [parameter]


@pytest.mark.parametrize(
    "identity", ["0", "-1", "1.0", "01", "+1", "x", "%C2%B2", "%D9%A1", "9223372036854775808", "9" * 99]
)
async def test_404_invalid_ids(api: Client, identity: str) -> None:
    for path in (f"/repositories/{identity}", f"/results/{identity}", f"/results/{identity}/findings"):
        document = await problem(await api.get(path), 404, "not-found")
        assert "whole numbers" in document["detail"]


async def test_404_records_that_do_not_exist(api: Client) -> None:
    for method, path in (
        ("GET", "/repositories/1"),
        ("DELETE", "/repositories/1"),
        ("POST", "/repositories/1/scans"),
        ("GET", "/results/9223372036854775807"),
        ("GET", "/results/1/findings"),
    ):
        await problem(await api.request(method, path), 404, "not-found")
    await problem(await api.patch("/repositories/1", json={"name": "x"}), 404, "not-found")
    await problem(await api.patch("/repositories/1", json={"name": "x"}, headers={"If-Match": '"1"'}), 404, "not-found")


@pytest.mark.parametrize(
    "path", [f"/{SECRET}", "/repositories/", "/repositories/1/", "/swagger/", "/swagger/../auth.py"]
)
async def test_404_paths_that_do_not_exist(api: Client, path: str) -> None:
    await problem(await api.get(path), 404, "not-found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/repositories", {"GET", "HEAD", "POST"}),
        ("OPTIONS", "/repositories", {"GET", "HEAD", "POST"}),
        ("POST", "/repositories/1", {"GET", "HEAD", "PATCH", "DELETE"}),
        ("GET", "/repositories/1/scans", {"POST"}),
        ("DELETE", "/results/1", {"GET", "HEAD"}),
        ("GET", "/scan", {"POST"}),
        ("TRACE", "/rules", {"GET", "HEAD"}),
        ("POST", "/swagger/index.html", {"GET", "HEAD"}),
    ],
)
async def test_405_lists_the_allowed_methods(api: Client, method: str, path: str, allowed: set[str]) -> None:
    answer = await api.request(method, path)
    await problem(answer, 405, "method-not-allowed")
    assert set(answer.headers["Allow"].split(",")) == allowed


async def test_409_a_url_that_is_already_registered(api: Client) -> None:
    assert (await api.post("/repositories", json=GOOD)).status == 201
    other = GOOD | {"url": "https://example.com/b"}
    assert (await api.post("/repositories", json=other)).status == 201
    again = await problem(await api.post("/repositories", json=GOOD | {"name": "Other"}), 409, "conflict")
    assert "id 1" in again["detail"]
    await problem(await api.patch("/repositories/2", json={"url": GOOD["url"]}), 409, "conflict")


@pytest.mark.parametrize("tag", ['"2"', 'W/"1"', "1", '"', "", "nonsense", '"1', f'"{SECRET}"'])
async def test_412_another_version(api: Client, tag: str) -> None:
    assert (await api.post("/repositories", json=GOOD)).status == 201
    match = {"If-Match": tag}
    await problem(await api.patch("/repositories/1", json={"name": "x"}, headers=match), 412, "precondition-failed")
    await problem(await api.delete("/repositories/1", headers=match), 412, "precondition-failed")


async def test_413_bodies_above_the_limit(api: Client, settings: Settings) -> None:
    body = b" " * (settings.max_body_bytes + 1)
    await problem(await api.post("/repositories", data=body, headers=JSON), 413, "content-too-large")
    await problem(await api.post("/scan", data=body, headers={"Content-Type": "text/plain"}), 413, "content-too-large")

    async def chunks() -> Any:
        for _ in range(100):
            yield b" " * 100

    await problem(await api.post("/scan", data=chunks()), 413, "content-too-large")


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", "nonsense", "multipart/form-data"]
)
async def test_415_content_types_other_than_json(api: Client, kind: str) -> None:
    answer = await api.post("/repositories", data=json.dumps(GOOD), headers={"Content-Type": kind})
    document = await problem(answer, 415, "unsupported-media-type")
    assert "application/json" in document["detail"]
    assert answer.headers["Accept"] == "application/json"


async def test_415_content_types_other_than_text(api: Client) -> None:
    await problem(await api.post("/scan", json={"text": "x"}), 415, "unsupported-media-type")


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "nonsense"])
async def test_415_compressed_bodies(api: Client, encoding: str) -> None:
    for path, kind in (("/repositories", "application/json"), ("/scan", "text/plain")):
        headers = {"Content-Type": kind, "Content-Encoding": encoding}
        await problem(await api.post(path, data=b"x", headers=headers), 415, "unsupported-media-type")


async def test_500_the_reason_is_in_the_log_and_not_in_the_response(
    api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr("beca_core.storage.services.repositories.RepositoryService.get", fail)
    with capture_logs() as logs:
        document = await problem(await api.get("/repositories/1"), 500, "error")
    assert document["detail"] == "The server failed; its log has the reason under the id in 'instance'."
    (logged,) = [line for line in logs if line["log_level"] == "error"]
    assert logged["error"] == "RuntimeError"
    assert logged["frames"][-1].endswith(" fail")
    assert SECRET not in str(logs)


async def test_503_while_the_database_is_unavailable(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise DatabaseUnavailable("The database cannot be used.")

    for target in ("services.tokens.TokenService.authenticate", "database.Database.check_schema"):
        monkeypatch.setattr(f"beca_core.storage.{target}", fail)
    for path in ("/repositories", "/rules", "/readyz"):
        answer = await api.get(path)
        await problem(answer, 503, "database-unavailable")
        assert int(answer.headers["Retry-After"]) > 0
    assert (await api.get("/healthz")).status == 200


async def test_refusals_before_a_handler_are_problem_documents_too(
    start: Callable[..., Awaitable[Client]], settings: Settings
) -> None:
    """No token, another host name, a web page of another origin."""
    api = await start(settings, scopes=())
    await problem(await api.get("/rules"), 401, "unauthorized")
    await problem(await api.get("/rules", headers={"Host": "example.org"}), 421, "misdirected-request")
    await problem(await api.post("/scan", headers={"Origin": "https://example.org"}), 403, "cross-origin")
