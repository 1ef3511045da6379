"""Pages of a list: the cursor of a service becomes the URL of the next page, in the body and in the header Link."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from beca_api.http.operations import Reply
from beca_api.http.problems import Refused
from beca_api.http.response_schemas import ProblemError
from beca_core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from aiohttp import web

    from beca_api.http.request_schemas import PageQuery
    from beca_api.http.response_schemas import Page
    from beca_core.storage.services.pages import Page as StoredPage

Record = TypeVar("Record")


def fetch(query: PageQuery, get: Callable[[], StoredPage[Record]]) -> StoredPage[Record]:
    """Get a page from a service.

    Args:
        query: Which page was asked for.
        get: Calls the service.

    Raises:
        Refused: 422 if the cursor is none of that list; all else in the query was checked before.
    """
    try:
        return get()
    except InvalidInput as error:
        if query.after is None:
            raise
        wrong = ProblemError(parameter="after", detail=str(error))
        raise Refused(422, error.code, "The request has values that cannot be used.", errors=[wrong]) from None


def page_reply(request: web.Request, model: type[Page[Record]], items: Iterable[object], cursor: str | None) -> Reply:
    """Return a page as the answer.

    Args:
        request: The request for this page; the next one is asked for in the same way.
        model: Shape of the page.
        items: What stands on it.
        cursor: Where the next page begins, or None on the last one.
    """
    following = None if cursor is None else str(request.rel_url.update_query(after=cursor))
    page = model.model_validate({"items": list(items), "next": following})
    return Reply(page, headers={} if following is None else {"Link": f'<{following}>; rel="next"'})
