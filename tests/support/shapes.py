"""The shape of an answer as whoever reads it knows it: which fields there are, and what their values may be."""

from typing import Any

# path of a field, such as run.steps[].stage, to JSON's names of what it may be
Shape = dict[str, set[str]]


def promised(document: dict[str, Any], schema: str) -> Shape:
    """The shape that an OpenAPI document promises: the fields that it says are always there."""
    return dict(_promised(document, {"$ref": f"#/components/schemas/{schema}"}, ""))


def answered(value: object, path: str = "") -> Shape:
    """The shape of an answer that came."""
    found: Shape = {path: {_name(value)}} if path else {}
    children: list[tuple[str, object]] = []
    if isinstance(value, dict):
        children = [(f"{path}.{name}" if path else name, child) for name, child in value.items()]
    elif isinstance(value, list):
        children = [(f"{path}[]", child) for child in value]
    for where, child in children:
        for name, kinds in answered(child, where).items():
            found[name] = found.get(name, set()) | kinds
    return found


def broken(old: Shape, new: Shape) -> list[str]:
    """What a reader of the old shape stumbles over in the new one: fields that vanished, values of a kind that it never met."""
    gone = [path for path in old if path not in new and _is_due(path, new)]
    other = {path: new.get(path, set()) - _readable(kinds) for path, kinds in old.items()}
    return sorted(gone) + [f"{path}: {', '.join(sorted(kinds))}" for path, kinds in sorted(other.items()) if kinds]


def _readable(kinds: set[str]) -> set[str]:
    """Whoever reads a number reads a whole one, too."""
    return kinds | {"integer"} if "number" in kinds else kinds


def _is_due(path: str, new: Shape) -> bool:
    """Whether what holds the field came at all: an object that is null has no fields, a list without items has no shape of them."""
    holder = path[:-2] if path.endswith("[]") else path.rpartition(".")[0]
    return not path.endswith("[]") and (not holder or "object" in new.get(holder, set()))


def _promised(document: dict[str, Any], schema: dict[str, Any], path: str) -> list[tuple[str, set[str]]]:
    options = [_resolved(document, option) for option in schema.get("anyOf", schema.get("allOf", [schema]))]
    kinds = {kind for option in options for kind in _listed(option.get("type"))}
    found = [(path, kinds)] if path else []
    for option in options:
        for name in option.get("required", []):
            found += _promised(document, option["properties"][name], f"{path}.{name}" if path else name)
        if "items" in option:
            found += _promised(document, option["items"], f"{path}[]")
    return found


def _resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    found: dict[str, Any] = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found


def _listed(kinds: str | list[str] | None) -> list[str]:
    return [kinds] if isinstance(kinds, str) else kinds or []


def _name(value: object) -> str:
    names = {type(None): "null", bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return names[type(value)]
