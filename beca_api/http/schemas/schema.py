"""`Schema`: what all responses share. Members are camelCase; times are RFC 3339 in UTC with `Z`."""

from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

Item = TypeVar("Item")


def is_empty(value: object) -> bool:
    """Return whether a member says nothing, so that it can be left out."""
    return not value


class Schema(BaseModel):
    """Base of all response schemas."""

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, validate_by_alias=True, from_attributes=True, frozen=True
    )


class ItemList(Schema, Generic[Item]):
    """A list that is short enough to be returned whole."""

    items: list[Item]
