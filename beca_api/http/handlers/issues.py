"""Issues: each secret at a path of a repository, and what has become of it."""

from functools import partial

from aiohttp import web

from beca_api.http.keys import CALLS, ISSUES, SUMMARY
from beca_api.http.operations import Reply, ResponseSpec, operation
from beca_api.http.pagination import fetch, page_reply
from beca_api.http.schemas.issue_schemas import Issue, IssueEvent, IssuePage, IssueWithHistory, Summary
from beca_api.http.schemas.request_schemas import IssuesQuery
from beca_core.storage.services.issues import IssueFilter


@operation("GET", "/issues", ResponseSpec(200, "A page of issues.", IssuePage))
async def list_issues(request: web.Request, query: IssuesQuery) -> Reply:
    """List issues of all repositories, in the order that `sort` names.

    An issue is a secret at a path of a repository. It keeps its id when its rule is renamed or its file moves.
    """
    which = IssueFilter(
        repository_id=query.repository_id,
        rule_id=query.rule_id,
        severity=query.severity,
        confidence=query.confidence,
        state=query.state,
        since=query.since,
        search=query.search,
    )
    get = partial(request.app[ISSUES].list, which, order=query.sort, limit=query.limit, after=query.after)

    def reply() -> Reply:
        page = fetch(query, get)
        return page_reply(request, map(Issue.of, page.items), page.next)

    return await request.app[CALLS].read(reply)


@operation("GET", "/issues/{id}", ResponseSpec(200, "The issue.", IssueWithHistory))
async def get_issue(request: web.Request, record_id: int) -> Reply:
    """Get an issue, with its history and its places."""
    details = await request.app[CALLS].read(request.app[ISSUES].get, record_id)
    return Reply(
        IssueWithHistory.of(
            details.issue,
            last_result_id=details.last_result_id,
            history=[IssueEvent.of(event) for event in details.history],
            findings=details.findings,
        )
    )


@operation("GET", "/summary", ResponseSpec(200, "The numbers now.", Summary))
async def get_summary(request: web.Request) -> Reply:
    """Get the numbers that a dashboard shows first: open issues, scans that failed or wait, and the like."""
    return Reply(Summary.of(await request.app[CALLS].read(request.app[SUMMARY].get)))


OPERATIONS = (list_issues, get_issue, get_summary)
