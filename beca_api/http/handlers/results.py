"""Results: the outcome of each scan, and its findings."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from aiohttp import web

from beca_api.http.keys import CALLS, RESULTS
from beca_api.http.operations import Reply, ResponseSpec, as_json, operation
from beca_api.http.pagination import fetch, page_reply
from beca_api.http.schemas.request_schemas import FindingsQuery, ResultsQuery
from beca_api.http.schemas.response_schemas import (
    INLINE_FINDINGS,
    LISTED_FINDINGS,
    LISTED_RESULTS,
    FindingPage,
    Result,
    ResultPage,
    ResultWithFindings,
)
from beca_core.storage import models
from beca_core.storage.services.results import ResultService, findings_cursor


@operation("GET", "/results", ResponseSpec(200, "A page of results.", ResultPage))
async def list_results(request: web.Request, query: ResultsQuery) -> Reply:
    """List results, newest first.

    A page can have fewer items than its limit; only the last one has no `next`.
    """
    service = request.app[RESULTS]
    get = partial(
        service.list,
        repository_id=query.repository_id,
        status=query.status,
        limit=query.limit if query.include is None else min(query.limit, LISTED_RESULTS),
        after=query.after,
    )

    def reply() -> Reply:
        page = fetch(query, get)
        if query.include is None:
            return page_reply(request, ResultPage, page.items, page.next)
        items = _with_findings(service, page.items, LISTED_FINDINGS)
        return page_reply(request, ResultPage, items, page.next)

    return await request.app[CALLS].read(reply)


@operation("GET", "/results/{id}", ResponseSpec(200, "The result.", ResultWithFindings, etag=True))
async def get_result(request: web.Request, record_id: int) -> Reply:
    """Get a result, with its first findings."""
    service = request.app[RESULTS]

    def reply() -> Reply:
        record = service.get(record_id)
        (result,) = _with_findings(service, [record], INLINE_FINDINGS)
        return Reply(as_json(result), record.revision)

    return await request.app[CALLS].read(reply)


@operation(
    "POST",
    "/results/{id}/cancel",
    ResponseSpec(202, "The cancelled result.", ResultWithFindings, etag=True, refusals=(409,)),
)
async def cancel_result(request: web.Request, record_id: int) -> Reply:
    """Cancel a scan that waits or runs.

    Its result is a `Failure` with the code `cancelled`, at once. A worker that runs it ends its processes within two
    seconds. To cancel a scan again changes nothing; one that has ended in another way is a conflict.
    """
    record = await request.app[CALLS].write(request.app[RESULTS].cancel, record_id)
    return Reply(as_json(with_findings(record)), record.revision)


@operation("GET", "/results/{id}/findings", ResponseSpec(200, "A page of findings.", FindingPage))
async def list_findings(request: web.Request, record_id: int, query: FindingsQuery) -> Reply:
    """List the findings of a result, in the order of the report.

    A scan that has not ended, or that failed, has none.
    """
    get = partial(
        request.app[RESULTS].findings,
        record_id,
        rule_id=query.rule_id,
        severity=query.severity,
        change=query.change,
        limit=query.limit,
        after=query.after,
    )

    def reply() -> Reply:
        page = fetch(query, get)
        return page_reply(request, FindingPage, page.items, page.next)

    return await request.app[CALLS].read(reply)


def _with_findings(service: ResultService, records: Iterable[models.Result], limit: int) -> list[Result]:
    found = service.first_findings([record.id for record in records if record.findings_count], limit)
    return [with_findings(record, found.get(record.id, ())) for record in records]


def with_findings(record: models.Result, findings: Sequence[Mapping[str, Any]] = ()) -> ResultWithFindings:
    """Return a result with its first findings."""
    following = f"/results/{record.id}/findings?after={findings_cursor(len(findings))}"
    rest = following if len(findings) < record.findings_count else None
    members = dict(Result.model_validate(record))
    return ResultWithFindings.model_validate(members | {"findings": findings, "findings_next": rest})


OPERATIONS = (list_results, get_result, cancel_result, list_findings)
