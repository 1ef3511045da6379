"""Any input gets a valid response: no status 500, no echo of the input, and as the schema documents it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from aiohttp.test_utils import make_mocked_request
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from beca_api.http.problems import Refused
from beca_api.http.request_parsing import IfMatch, JsonBody, read_query, record_id
from beca_api.http.schemas.request_schemas import FindingsQuery, NewRepository, PageQuery, Query, ResultsQuery
from beca_core.errors import NotFound

if TYPE_CHECKING:
    from aiohttp import web
    from aiohttp.test_utils import TestClient

    Client = TestClient[web.Request, web.Application]

MARK = "zq9zq9zq9"
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20) | st.just(MARK),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8) | st.just(MARK), inner, max_size=4),
    max_leaves=12,
)
bodies = st.binary(max_size=200) | json_values.map(lambda value: json.dumps(value).encode())
slow = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def check(refusal: Refused) -> None:
    """Check that a refusal names the places, or reports a malformed body, and repeats nothing."""
    assert (refusal.status, bool(refusal.errors)) in {(400, False), (422, True)}
    assert MARK not in f"{refusal.detail} {refusal.errors}"


class _Request:
    """The part of a request that is needed to read a body."""

    def __init__(self, body: bytes) -> None:
        self.headers: dict[str, str] = {}
        self.content_type = "application/json"
        self._body = body

    async def read(self) -> bytes:
        return self._body


@pytest.mark.slow
@slow
@given(body=bodies)
async def test_any_body_is_read_or_refused(body: bytes) -> None:
    request: Any = _Request(body)
    try:
        value = await JsonBody(NewRepository).read(request)
    except Refused as refusal:
        check(refusal)
    else:
        assert set(value) == {"name", "url"}
        assert all(isinstance(member, str) for member in value.values())


async def test_a_disconnected_caller_is_not_a_server_error() -> None:
    class Left(_Request):
        async def read(self) -> bytes:
            raise ConnectionResetError

    request: Any = Left(b"")
    with pytest.raises(Refused) as caught:
        await JsonBody(NewRepository).read(request)
    assert (caught.value.status, caught.value.code) == (400, "malformed")


@pytest.mark.slow
@given(
    query=st.lists(
        st.tuples(st.text(max_size=12) | st.sampled_from(["limit", "after"]), st.text(max_size=12)), max_size=4
    ),
    model=st.sampled_from([Query, PageQuery, ResultsQuery, FindingsQuery]),
)
def test_any_query_is_read_or_refused(query: list[tuple[str, str]], model: type[Query]) -> None:
    raw = "&".join(f"{quote(name, errors='ignore')}={quote(value, errors='ignore')}" for name, value in query)
    try:
        read_query(make_mocked_request("GET", f"/?{raw}"), model)
    except Refused as refusal:
        check(refusal)


@given(number=st.integers(-5, 1100))
def test_limits_are_numbers_within_bounds(number: int) -> None:
    request = make_mocked_request("GET", f"/?limit={number}")
    for model, maximum in ((PageQuery, 200), (FindingsQuery, 1000)):
        if 1 <= number <= maximum:
            query = read_query(request, model)
            assert isinstance(query, PageQuery)
            assert query.limit == number
        else:
            with pytest.raises(Refused):
                read_query(request, model)


@given(text=st.text(max_size=25) | st.integers().map(str))
def test_an_id_is_a_canonical_decimal_number(text: str) -> None:
    request = make_mocked_request("GET", "/", match_info={"id": text})
    try:
        identity = record_id(request)
    except NotFound:
        assert text not in {"1", "42", str(2**63 - 1)}
    else:
        assert str(identity) == text
        assert 1 <= identity < 2**63


@pytest.mark.parametrize("text", ["1", "42", str(2**63 - 1)])
def test_valid_ids(text: str) -> None:
    assert record_id(make_mocked_request("GET", "/", match_info={"id": text})) == int(text)


@given(header=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20), version=st.integers(1, 9))
def test_a_precondition_holds_only_for_a_version_that_it_names(header: str, version: int) -> None:
    match = IfMatch.of(make_mocked_request("GET", "/", headers={"If-Match": header}))
    expected = match.version(lambda: version)
    assert expected in {version, None, 0}
    if expected == 0:
        assert header.strip() not in {f'"{version}"', "*"}
    else:
        assert f'"{version}"' in header or "*" in header


def test_without_a_precondition_the_version_is_not_read() -> None:
    assert IfMatch.of(make_mocked_request("GET", "/")).version(lambda: pytest.fail("asked")) is None


@pytest.mark.parametrize("path", ["/repositories", "/repositories/1", "/repositories/1/scans", "/scan"])
async def test_no_body_makes_the_server_fail(api: Client, path: str) -> None:
    shapes = [b"\x00", b"\xff" * 50, b'{"name":"\\u0000","url":"\\u0000"}', b'{"name":{}}', b"[]" * 999, b"1e999"]
    for body in shapes:
        for method in ("POST", "PATCH"):
            answer = await api.request(method, path, data=body, headers={"Content-Type": "application/json"})
            assert 400 <= answer.status < 500
    assert (await api.get("/healthz")).status == 200
