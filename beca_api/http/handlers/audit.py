"""The audit log: who did what to which record."""

from aiohttp import web

from beca_api.http.keys import AUDIT, CALLS
from beca_api.http.operations import Reply, ResponseSpec, operation
from beca_api.http.pagination import fetch, page_reply
from beca_api.http.schemas.audit_schemas import AuditEntry, AuditPage
from beca_api.http.schemas.request_schemas import PageQuery


@operation("GET", "/audit", ResponseSpec(200, "A page of the audit log.", AuditPage), scope="audit")
async def list_audit_entries(request: web.Request, query: PageQuery) -> Reply:
    """List who did what to which record, the newest first.

    Needs a token with the scope `audit`.
    """
    service = request.app[AUDIT]

    def reply() -> Reply:
        page = fetch(query, lambda: service.list(limit=query.limit, after=query.after))
        return page_reply(request, map(AuditEntry.of, page.items), page.next)

    return await request.app[CALLS].read(reply)


OPERATIONS = (list_audit_entries,)
