"""The schemas of the audit log."""

from typing import Annotated

from pydantic import AwareDatetime, Field

from beca_api.http.schemas.response_schemas import Page
from beca_api.http.schemas.schema import Schema
from beca_core.storage.models import Way
from beca_core.storage.services.audit import Action


class AuditEntry(Schema):
    """Something that somebody did to a record."""

    id: int
    at: AwareDatetime
    action: Annotated[
        Action, Field(description="What was done. The first word is the kind of the record: a scan is a result.")
    ]
    record_id: Annotated[str, Field(description="Id of the record, which may have been deleted since.")]
    actor: Annotated[Way, Field(description="By which way: `api`, or `cli` on the server itself.")]
    token_id: Annotated[str | None, Field(description="The token of the caller; null if none was needed.")]
    client: Annotated[str | None, Field(description="The address from which the caller connected; null: of `cli`.")]


class AuditPage(Page[AuditEntry]):
    """Entries of the audit log."""
