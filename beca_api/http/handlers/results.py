"""Results: the outcome of each scan, and its findings."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from io import StringIO
from typing import Any, Final

from aiohttp import web

from beca_api.catalogue.catalogue_documents import rule_info
from beca_api.http.keys import CALLS, CATALOGUE, RESULT_WATCH, RESULTS
from beca_api.http.operations import Reply, ResponseSpec, as_json, operation
from beca_api.http.pagination import fetch, link, page_reply
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
from beca_api.http.streams.result_events import EVENT_STREAM, ResultEvents
from beca_core.report import Report
from beca_core.reports import write
from beca_core.storage import models
from beca_core.storage.services.results import ResultService, findings_cursor

SARIF: Final = "application/sarif+json"


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
            return page_reply(request, map(Result.of, page.items), page.next)
        items = _with_findings(service, page.items, LISTED_FINDINGS)
        return page_reply(request, items, page.next)

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


@operation(
    "GET",
    "/results/{id}/events",
    ResponseSpec(
        200,
        "Events: `progress` for each change, then `end`.",
        refusals=(429,),
        others={204: "The client has received the end already."},
        media_types=(EVENT_STREAM,),
    ),
)
async def follow_result(request: web.Request, record_id: int, last_event_id: int | None) -> Reply:
    """Follow a scan, with server-sent events.

    The first event is the state of the result now, each further one its next state, and the last one its end; the data
    of an event is the result without its findings. Comments are sent while nothing happens. A client that was
    interrupted continues with `Last-Event-ID`, on any server.
    """
    results, calls = request.app[RESULTS], request.app[CALLS]
    record = await calls.read(results.get, record_id)
    if record.finished_at is not None and record.revision == last_event_id:
        return Reply(status=204)
    followed = request.app[RESULT_WATCH].follow(record_id)
    return Reply(ResultEvents(followed, results, calls, last_event_id), media_type=EVENT_STREAM)


@operation("GET", "/results/{id}/findings", ResponseSpec(200, "A page of findings.", FindingPage, media_types=(SARIF,)))
async def list_findings(request: web.Request, record_id: int, query: FindingsQuery, accept: str) -> Reply:
    """List the findings of a result, in the order of the report.

    A scan that has not ended, or that failed, has none. With `Accept: application/sarif+json` the page is a SARIF log;
    the header Link has the next one.
    """
    service, catalogue = request.app[RESULTS], request.app[CATALOGUE]
    which = {"rule_id": query.rule_id, "severity": query.severity, "change": query.change}

    def reply() -> Reply:
        if accept == SARIF:
            rules = {document["id"]: rule_info(document) for document in catalogue.content.rules}
            found = fetch(
                query, lambda: service.report(record_id, rules, **which, limit=query.limit, after=query.after)
            )
            return _sarif(found.items[0], link(request, found.next))
        page = fetch(query, lambda: service.findings(record_id, **which, limit=query.limit, after=query.after))
        return page_reply(request, page.items, page.next)

    return await request.app[CALLS].read(reply)


def _sarif(report: Report, headers: Mapping[str, str]) -> Reply:
    stream = StringIO()
    write(report, "sarif", stream)
    return Reply(stream.getvalue().encode(), headers=headers, media_type=SARIF)


def _with_findings(service: ResultService, records: Iterable[models.Result], limit: int) -> list[dict[str, Any]]:
    found = service.first_findings([record.id for record in records if record.findings_count], limit)
    return [with_findings(record, found.get(record.id, ())) for record in records]


def with_findings(record: models.Result, findings: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """Return a result with its first findings, in the shape of `ResultWithFindings`.

    The documents of stored findings have that shape already. To validate a page of a thousand would take longer than to
    read it.
    """
    following = f"/results/{record.id}/findings?after={findings_cursor(len(findings))}"
    rest = following if len(findings) < record.findings_count else None
    return Result.of(record).model_dump(by_alias=True) | {"findings": findings, "findingsNext": rest}


OPERATIONS = (list_results, get_result, cancel_result, follow_result, list_findings)
