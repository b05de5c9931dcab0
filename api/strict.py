"""Whole numbers and flags as JSON has them, and what is said where a field is not as it has to be."""

import re
from typing import Any

from marshmallow import Schema, fields, validate

_MOMENT = "must be ISO 8601 with Z or an offset, such as 2026-11-23T09:00:00Z; in an address, + is written %2B"
# of moments, whatever is wrong with one
MOMENT: dict[str, str | list[Any] | dict[Any, Any]] = dict.fromkeys(("invalid", "invalid_awareness", "format"), _MOMENT)


def spelled(pattern: re.Pattern[str], example: str) -> validate.Regexp:
    """That a text is spelled so; whoever spells it otherwise is given the example."""
    return validate.Regexp(pattern, error=f"must be spelled as in {example}")


def naming_what_is_known(schema: Schema) -> Schema:
    """The same schema; whoever sends what it does not name is told what it does."""
    known = ", ".join(field.data_key or name for name, field in schema.load_fields.items())
    schema.error_messages["unknown"] = f"is unknown here; known are {known}"
    return schema


class Whole(fields.Integer):
    """A whole number: 3 and 3.0 are one, 3.5, "3" and true are none."""

    def __init__(self, **more: Any) -> None:
        """As any integer, and strict."""
        super().__init__(strict=True, **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        whole = int(value) if isinstance(value, float) and value.is_integer() else value
        if isinstance(whole, str | bool):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(whole, attr, data, **kwargs)


class Flag(fields.Boolean):
    """JSON's true or false, and nothing that Python takes for one of them."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)
