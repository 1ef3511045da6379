"""Pages of a list: a service's cursor becomes the URL of the next page, in the body and in the header Link."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from beca_api.http.operations import Reply, as_json
from beca_api.http.problems import Refused
from beca_api.http.schemas.response_schemas import ProblemError
from beca_core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from aiohttp import web

    from beca_api.http.schemas.request_schemas import PageQuery
    from beca_api.http.schemas.schema import Schema
    from beca_core.storage.services.pages import Page as StoredPage

Record = TypeVar("Record")


def fetch(query: PageQuery, get: Callable[[], StoredPage[Record]]) -> StoredPage[Record]:
    """Get a page from a service.

    Args:
        query: Which page was asked for.
        get: Calls the service.

    Raises:
        Refused: With status 422 if the cursor does not belong to that list; the rest of the query is valid already.
    """
    try:
        return get()
    except InvalidInput as error:
        if query.after is None:
            raise
        wrong = ProblemError(parameter="after", detail=str(error))
        raise Refused(422, error.code, "The request has values that are not valid.", errors=[wrong]) from None


def page_reply(request: web.Request, items: Iterable[Schema | Mapping[str, Any]], cursor: str | None) -> Reply:
    """Return the reply that carries a page; to be called in a thread, since a page can be large.

    Args:
        request: The request for this page; the URL of the next page repeats its query.
        items: The items of the page: models, or documents that have their documented shape already.
        cursor: Where the next page begins, or None on the last one.
    """
    page = {"items": list(items), "next": _following(request, cursor)}
    return Reply(as_json(page), headers=link(request, cursor))


def link(request: web.Request, cursor: str | None) -> dict[str, str]:
    """Return the header that names the next page, or nothing on the last one.

    Args:
        request: The request for this page.
        cursor: Where the next page begins, or None on the last one.
    """
    following = _following(request, cursor)
    return {} if following is None else {"Link": f'<{following}>; rel="next"'}


def _following(request: web.Request, cursor: str | None) -> str | None:
    return None if cursor is None else str(request.rel_url.update_query(after=cursor))
