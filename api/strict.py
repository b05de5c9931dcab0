"""Whole numbers and flags as JSON has them."""

from typing import Any

from marshmallow import fields


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
