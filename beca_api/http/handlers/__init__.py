"""The operations of the API, one module for each tag of the OpenAPI document; `OPERATIONS` lists them all."""

from typing import Final

from beca_api.http.handlers import audit, catalogue, issues, repositories, results, scanning, service
from beca_api.http.operations import Operation

OPERATIONS: Final[tuple[Operation, ...]] = (
    *repositories.OPERATIONS,
    *results.OPERATIONS,
    *issues.OPERATIONS,
    *scanning.OPERATIONS,
    *catalogue.OPERATIONS,
    *audit.OPERATIONS,
    *service.OPERATIONS,
)
