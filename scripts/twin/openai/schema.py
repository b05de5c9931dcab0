"""JSON schemas: what strict mode demands of them, the least that satisfies one, and an answer made to fit."""

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]


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
    schema = _resolved(schema, root)
    if isinstance(answer, Mapping) and "properties" in schema:
        return {name: fitted(answer.get(name), part, root) for name, part in schema["properties"].items()}
    if isinstance(answer, list) and schema.get("type") == "array":
        return [fitted(each, schema.get("items", {}), root) for each in answer]
    return answer if _is_allowed(answer, schema) else least(schema, root)


def least(schema: Schema, root: Schema | None = None) -> Any:
    """The smallest instance of a schema."""
    root = root or schema
    schema = _resolved(schema, root)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return least(schema["anyOf"][0], root)
    if "properties" in schema:
        return {name: least(part, root) for name, part in schema["properties"].items()}
    if _type(schema) == "array":
        return [least(schema.get("items", {}), root) for _ in range(schema.get("minItems", 0))]
    plain = {"string": "", "integer": schema.get("minimum", 0), "number": schema.get("minimum", 0), "boolean": False, "object": {}}
    return plain.get(_type(schema))


def _is_allowed(answer: Any, schema: Schema) -> bool:
    if "anyOf" in schema:
        return answer is not None
    if "enum" in schema or "const" in schema:
        return answer in schema.get("enum", [schema.get("const")])
    kinds = {"string": str, "integer": int, "number": int | float, "boolean": bool, "array": list, "object": dict}
    kind = kinds.get(_type(schema))
    return answer is not None and (kind is None or isinstance(answer, kind))


def _type(schema: Schema) -> str:
    told = schema.get("type", "")
    return str(told[0] if isinstance(told, list) else told)


def _resolved(schema: Schema, root: Schema) -> Schema:
    """Follow ``$ref`` within the document."""
    while "$ref" in schema:
        found: Any = root
        for name in str(schema["$ref"]).removeprefix("#/").split("/"):
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
