"""The calls of the API, one module for each kind of thing; `OPERATIONS` is the table of all of them."""

from typing import Final

from beca_api.http.handlers import catalogue, repositories, results, scanning, service
from beca_api.http.operations import Operation

OPERATIONS: Final[tuple[Operation, ...]] = (
    *repositories.OPERATIONS,
    *results.OPERATIONS,
    *scanning.OPERATIONS,
    *catalogue.OPERATIONS,
    *service.OPERATIONS,
)
