"""`Schema`: what all responses share. Members are camelCase; times are RFC 3339 in UTC with `Z`."""

from typing import Final, Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

Item = TypeVar("Item")
_ABSENT: Final = object()


def is_empty(value: object) -> bool:
    """Return whether a member says nothing, so that it can be left out."""
    return not value


class Schema(BaseModel):
    """Base of all response schemas."""

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, validate_by_alias=True, from_attributes=True, frozen=True
    )

    @classmethod
    def of(cls, record: object, **others: object) -> Self:
        """Return the response for a record that has attributes of these names; one that it has not gets its default.

        This takes half as long as `model_validate`, which first asks the record for each name in camelCase.

        Args:
            record: The record.
            others: Members that are not those of the record.
        """
        found = ((name, getattr(record, name, _ABSENT)) for name in cls.model_fields if name not in others)
        return cls.model_validate({name: value for name, value in found if value is not _ABSENT} | others)


class ItemList(Schema, Generic[Item]):
    """A list that is short enough to be returned whole."""

    items: list[Item]
