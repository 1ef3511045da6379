"""The service itself: its health and its OpenAPI document."""

from aiohttp import web

from beca_api.http.keys import CALLS, DATABASE, DOCUMENT
from beca_api.http.operations import Reply, ResponseSpec, operation
from beca_api.http.schemas.response_schemas import Document, Health


@operation("GET", "/healthz", ResponseSpec(200, "The process runs.", Health), scope=None)
async def get_health(_request: web.Request) -> Reply:
    """Report that the process runs."""
    return Reply(Health())


@operation("GET", "/readyz", ResponseSpec(200, "Requests can be served.", Health, refusals=(503,)), scope=None)
async def get_readiness(request: web.Request) -> Reply:
    """Report whether the database answers, has the right schema, and has disk space."""
    await request.app[CALLS].check(request.app[DATABASE].check_ready)
    return Reply(Health())


@operation("GET", "/openapi.json", ResponseSpec(200, "The OpenAPI document.", Document), scope=None)
async def get_document(request: web.Request) -> Reply:
    """Get the OpenAPI document of this service."""
    return Reply(request.app[DOCUMENT])


OPERATIONS = (get_health, get_readiness, get_document)
