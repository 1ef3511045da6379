"""Scans of texts within a request; nothing is stored."""

from aiohttp import web

from beca_api.http.keys import TEXT_SCANNER
from beca_api.http.operations import Reply, ResponseSpec, operation
from beca_api.http.schemas.response_schemas import TextReport


@operation("POST", "/scan", ResponseSpec(200, "What was found.", TextReport, refusals=(429, 504)))
async def scan_text(request: web.Request, body: bytes) -> Reply:
    """Scan a text.

    The body is the text itself, byte for byte; a charset in the content type is ignored. Nothing is stored.
    The time for a text counts from its arrival.
    """
    return Reply(await request.app[TEXT_SCANNER].scan(body))


OPERATIONS = (scan_text,)
