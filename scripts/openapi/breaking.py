"""What a change of the OpenAPI document would break for somebody who goes by the document before.

Our API refuses what it does not know, so a field or parameter that goes breaks whoever sends it. Answers may gain fields, statuses and
words of an enum; they never lose a field, nor answer null or another type where they did not.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Node = Mapping[str, Any]
METHODS = ("get", "post", "put", "patch", "delete")
# a bound of what may be sent, and when a new one keeps out what the old one let in
NARROWER: Mapping[str, Callable[[float, float], bool]] = {
    "maximum": lambda old, new: new < old,
    "maxLength": lambda old, new: new < old,
    "maxItems": lambda old, new: new < old,
    "maxProperties": lambda old, new: new < old,
    "minimum": lambda old, new: new > old,
    "minLength": lambda old, new: new > old,
    "minItems": lambda old, new: new > old,
    "minProperties": lambda old, new: new > old,
}
SCOPES = ("viewer", "operator", "admin")


def breaking(before: Node, after: Node) -> list[str]:
    """What breaks, as sentences that name the place; empty if nothing does."""
    return list(_Comparison(before, after).found())


class _Comparison:
    def __init__(self, before: Node, after: Node) -> None:
        self._before, self._after = before, after
        # schemas that are in the middle of being compared: one may hold itself
        self._open: set[tuple[str, str, str]] = set()

    def found(self) -> Iterator[str]:
        for path, methods in self._before["paths"].items():
            for method in METHODS:
                if method in methods:
                    name = f"{method.upper()} {path}"
                    after = self._after["paths"].get(path, {}).get(method)
                    yield from self._operation(name, methods[method], after) if after else [f"{name} is gone"]

    def _operation(self, name: str, before: Node, after: Node) -> Iterator[str]:
        if SCOPES.index(after.get("x-scope", SCOPES[0])) > SCOPES.index(before.get("x-scope", SCOPES[0])):
            yield f"{name} needs a wider scope"
        yield from self._parameters(name, before, after)
        yield from self._bodies(f"{name}, what is sent", before.get("requestBody", {}), after.get("requestBody", {}), self._sent)
        if not before.get("requestBody", {}).get("required") and after.get("requestBody", {}).get("required"):
            yield f"{name} needs a body"
        for status, response in before.get("responses", {}).items():
            there = after.get("responses", {}).get(status)
            if there is None:
                yield f"{name} no longer answers {status}"
            else:
                yield from self._bodies(
                    f"{name}, answer {status}", self._of(self._before, response), self._of(self._after, there), self._got
                )

    def _parameters(self, name: str, before: Node, after: Node) -> Iterator[str]:
        old, new = (
            {(one["in"], one["name"]): one for one in (self._of(document, each) for each in operation.get("parameters", ()))}
            for document, operation in ((self._before, before), (self._after, after))
        )
        for key, parameter in old.items():
            place = f"{name}, {key[0]} {key[1]}"
            if key not in new:
                yield f"{place} is gone"
                continue
            if new[key].get("required") and not parameter.get("required"):
                yield f"{place} became required"
            yield from self._sent(place, parameter.get("schema", {}), new[key].get("schema", {}))
        yield from (
            f"{name}, {place} {added} is new and required"
            for (place, added) in new.keys() - old.keys()
            if new[place, added].get("required")
        )

    def _bodies(self, place: str, before: Node, after: Node, compare: Callable[[str, Node, Node], Iterator[str]]) -> Iterator[str]:
        for kind, content in before.get("content", {}).items():
            there = after.get("content", {}).get(kind)
            if there is None:
                yield f"{place}: {kind} is gone"
            else:
                yield from compare(place, content.get("schema", {}), there.get("schema", {}))

    def _sent(self, place: str, before: Node, after: Node) -> Iterator[str]:
        yield from self._schemas("sent", place, before, after)

    def _got(self, place: str, before: Node, after: Node) -> Iterator[str]:
        yield from self._schemas("got", place, before, after)

    def _schemas(self, way: str, place: str, before: Node, after: Node) -> Iterator[str]:
        key = (way, str(before.get("$ref", id(before))), str(after.get("$ref", id(after))))
        if key in self._open:
            return
        self._open.add(key)
        old, new = self._of(self._before, before), self._of(self._after, after)
        yield from _kinds(way, place, old, new)
        yield from (_narrowed if way == "sent" else _loosened)(place, old, new)
        for name, schema in old.get("properties", {}).items():
            if name not in new.get("properties", {}):
                yield f"{place}.{name} is gone"
            else:
                yield from self._schemas(way, f"{place}.{name}", schema, new["properties"][name])
        if "items" in old and "items" in new:
            yield from self._schemas(way, f"{place}[]", old["items"], new["items"])
        self._open.discard(key)

    def _of(self, document: Node, node: Node) -> Node:
        """What a reference leads to."""
        while "$ref" in node:
            found: Any = document
            for part in node["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            node = found
        return node


def _kinds(way: str, place: str, old: Node, new: Node) -> Iterator[str]:
    before, after = _types(old), _types(new)
    lost = before - after if way == "sent" else after - before
    if before and after and lost:
        yield f"{place}: {', '.join(sorted(lost))} is {'no longer taken' if way == 'sent' else 'a new kind of answer'}"


def _types(schema: Node) -> set[str]:
    told = schema.get("type", ())
    return {told} if isinstance(told, str) else set(told)


def _narrowed(place: str, old: Node, new: Node) -> Iterator[str]:
    yield from (f"{place}.{name} became required" for name in set(new.get("required", ())) - set(old.get("required", ())))
    if "enum" in new and set(new["enum"]) < set(old.get("enum", new["enum"])):
        yield f"{place} takes fewer words"
    if new.get("pattern") != old.get("pattern") and "pattern" in new:
        yield f"{place} has another pattern"
    for bound, is_narrower in NARROWER.items():
        if bound in new and (bound not in old or is_narrower(old[bound], new[bound])):
            yield f"{place} has a narrower {bound}"


def _loosened(place: str, old: Node, new: Node) -> Iterator[str]:
    yield from (f"{place}.{name} may be missing" for name in set(old.get("required", ())) - set(new.get("required", ())))
