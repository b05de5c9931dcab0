"""JSON schemas: what strict mode demands of them, the least that satisfies one, and an answer made to fit."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]
# those that strict mode knows (platform.openai.com/docs/guides/structured-outputs)
_FORMATS = {
    "date-time": "1970-01-01T00:00:00Z",
    "date": "1970-01-01",
    "time": "00:00:00Z",
    "duration": "PT0S",
    "email": "nobody@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.0",
    "ipv6": "2001:db8::",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


def fault(schema: Schema) -> str | None:
    """Why strict mode refuses it: each object lists all of its properties as required and allows no others. None if it does not."""
    for path, part in _parts(schema, ""):
        if "properties" not in part:
            continue
        where = f"In context=({path or 'root'})"
        if part.get("additionalProperties") is not False:
            return f"{where}, 'additionalProperties' is required to be supplied and to be false."
        if set(part.get("required", ())) != set(part["properties"]):
            return f"{where}, 'required' is required to be supplied and to be an array including every key in properties."
    return None


def fitted(answer: Any, schema: Schema, root: Schema | None = None) -> Any:
    """The answer with what the schema knows of it; what is missing or not allowed becomes the least that is."""
    root = root or schema
    schema = resolved(schema, root)
    if isinstance(answer, Mapping) and "properties" in schema:
        return {name: fitted(answer.get(name), part, root) for name, part in schema["properties"].items()}
    if isinstance(answer, list) and schema.get("type") == "array":
        return [fitted(each, schema.get("items", {}), root) for each in answer]
    return answer if _is_allowed(answer, schema) else least(schema, root)


def least(schema: Schema, root: Schema | None = None) -> Any:
    """The smallest instance of a schema: null where nothing may be said, which also ends a form that holds itself."""
    root = root or schema
    schema = resolved(schema, root)
    if _takes_null(schema):
        return None
    if "enum" in schema or "const" in schema:
        return schema.get("enum", [schema.get("const")])[0]
    if "anyOf" in schema:
        return least(schema["anyOf"][0], root)
    if "properties" in schema:
        return {name: least(part, root) for name, part in schema["properties"].items()}
    if _type(schema) == "array":
        return [least(schema.get("items", {}), root) for _ in range(schema.get("minItems", 0))]
    number, text = _least_number(schema), _FORMATS.get(schema.get("format", ""), "")
    return {"string": text, "integer": number, "number": number, "boolean": False, "object": {}}.get(_type(schema))


def _least_number(schema: Schema) -> float:
    """Zero, or what is nearest to it within the limits."""
    low = schema.get("minimum", schema.get("exclusiveMinimum", -math.inf) + 1)
    high = schema.get("maximum", schema.get("exclusiveMaximum", math.inf) - 1)
    nearest: float = max(low, min(0, high))
    return nearest


def _takes_null(schema: Schema) -> bool:
    told = schema.get("type")
    return (isinstance(told, list) and "null" in told) or any(part.get("type") == "null" for part in schema.get("anyOf", ()))


def _is_allowed(answer: Any, schema: Schema) -> bool:
    if "anyOf" in schema:
        return answer is not None
    if "enum" in schema or "const" in schema:
        return answer in schema.get("enum", [schema.get("const")])
    if isinstance(answer, bool):
        return _type(schema) == "boolean"
    kinds = {"string": str, "integer": int, "number": int | float, "array": list, "object": dict}
    kind = kinds.get(_type(schema))
    return answer is not None and (kind is None or isinstance(answer, kind))


def _type(schema: Schema) -> str:
    told = schema.get("type", "")
    return str(told[0] if isinstance(told, list) else told)


def resolved(schema: Schema, root: Schema) -> Schema:
    """Follow ``$ref`` within the document."""
    while "$ref" in schema:
        found: Any = root
        for name in filter(None, str(schema["$ref"]).removeprefix("#").split("/")):
            found = found[name]
        schema = found
    return schema


def _parts(schema: Any, path: str) -> Iterator[tuple[str, Schema]]:
    if isinstance(schema, list):
        for number, part in enumerate(schema):
            yield from _parts(part, f"{path}.{number}")
    if isinstance(schema, Mapping):
        yield path, schema
        for name in ("properties", "$defs"):
            for key, part in schema.get(name, {}).items():
                yield from _parts(part, f"{path}.{name}.{key}".strip("."))
        for name in ("items", "anyOf"):
            yield from _parts(schema.get(name), f"{path}.{name}".strip("."))
